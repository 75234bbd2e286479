/**
 * The only file that reads the process's environment; everything else is told by argument.
 */

export interface Environment {
  readonly home: string;
  readonly path: string;
  /** A terminal's width and colours are used only when stdout is one. */
  readonly colour: boolean;
  /** `REFLET_LOG_LEVEL`: debug, info, warn or error. */
  readonly logLevel: string | undefined;
  /** `REFLET_DATA_DIR`: where state is kept when `--data-dir` is not given. */
  readonly dataDir: string | undefined;
  /** Where a person's own keys and agents are: for the programs that sign in their name. */
  readonly signing: Record<string, string>;
  /** `REFLET_GIT_TOKEN`: the password or token for the remote of `--repo`; `DIR/keys/git-token` wins. */
  readonly gitToken: string | undefined;
}

const SIGNING = ['SSH_AUTH_SOCK', 'SSH_ASKPASS', 'GNUPGHOME', 'GPG_TTY', 'DISPLAY'];

export function readEnvironment(): Environment {
  const { HOME, PATH, NO_COLOR, REFLET_LOG_LEVEL, REFLET_DATA_DIR, REFLET_GIT_TOKEN } = process.env;
  return {
    home: HOME ?? '/root',
    path: PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    colour: process.stdout.isTTY === true && !NO_COLOR,
    logLevel: REFLET_LOG_LEVEL,
    dataDir: REFLET_DATA_DIR,
    signing: Object.fromEntries(SIGNING.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    gitToken: REFLET_GIT_TOKEN,
  };
}
