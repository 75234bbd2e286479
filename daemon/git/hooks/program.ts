/**
 * The hook program: hands everything to the daemon over a unix socket, prints what the daemon streams back, ends with the daemon's verdict.
 * In perl without any module, which comes with git and starts in 2 ms (node takes 40 ms, and four hooks run a push). It decides nothing itself.
 *
 * Request: `name=value` pairs each ended by NUL, one empty pair, then standard input until the end.
 * Answer: lines; `>text` is for people, `=code` is the exit code. A connection that ends without a code refuses.
 */

/** The names of the git hooks that reflet installs. */
export const HOOK_NAMES = ['pre-receive', 'reference-transaction', 'post-receive'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** What the hook hands over from its environment. */
export const HOOK_ENVIRONMENT = [
  'GIT_DIR',
  'GIT_QUARANTINE_PATH',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'REFLET_PUSH',
] as const;

/** The environment variable that names a push which came through the daemon (`http-backend.ts`). */
export const PUSH_ID_VARIABLE = 'REFLET_PUSH';

/** The first line that marks a hook as reflet's own. */
export const HOOK_MARK = '# reflet: this file is written by `reflet up`; do not edit';

/**
 * The program's text. Ref moves other than of `ref` do not concern the daemon. `refuseWhenDown`: whether a ref may not move while the daemon is down (hosted: true). A repository of the host that people
 * work in must not refuse their commits; there the daemon judges the tip when it starts.
 */
export function renderHook(
  name: HookName,
  { socketPath, ref, refuseWhenDown }: { socketPath: string; ref: string; refuseWhenDown: boolean },
): string {
  const downCode = refuseWhenDown && name !== 'post-receive' ? 1 : 0;
  return `#!/usr/bin/perl
${HOOK_MARK}
my $down = ${downCode};
exit 0 if '${name}' eq 'reference-transaction' && $ENV{GIT_QUARANTINE_PATH};
local $SIG{PIPE} = 'IGNORE';
my $input = do { local $/; <STDIN> } // '';
exit 0 if '${name}' eq 'reference-transaction' && index($input, ' ' . ${perlString(ref)} . "\\n") < 0;
sub refuse { print STDERR "reflet: $_[0]\\n"; exit $down }
socket(my $peer, 1, 1, 0) or refuse("no socket: $!"); # AF_UNIX, SOCK_STREAM
connect($peer, pack('S a108', 1, ${perlString(socketPath)}))
  or refuse($! == 13 ? "only the administrator of this host may push by path"
    : "reflet is not running: " . ($down ? "nothing was changed; start it with \`reflet up\`" : "this takes effect when it starts"));
$down = 1 if '${name}' ne 'post-receive';
my @pairs = ("hook=${name}", "argument=" . ($ARGV[0] // ''), "parent=" . getppid());
push @pairs, "$_=$ENV{$_}" for grep { defined $ENV{$_} } qw(${HOOK_ENVIRONMENT.join(' ')});
my $options = $ENV{GIT_PUSH_OPTION_COUNT} // 0;
push @pairs, "option=" . $ENV{"GIT_PUSH_OPTION_$_"} for 0 .. $options - 1;
my $message = join('', map { "$_\\0" } @pairs) . "\\0" . $input;
while (length $message) {
  my $sent = syswrite($peer, $message) or refuse("reflet stopped listening: nothing was changed");
  substr($message, 0, $sent) = '';
}
shutdown($peer, 1);
while (my $line = <$peer>) {
  exit $1 if $line =~ /^=(\\d+)/;
  print STDERR substr($line, 1);
}
refuse("reflet ended before it answered: nothing was changed; look at its log and push again");
`;
}

function perlString(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
