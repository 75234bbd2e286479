#!/usr/bin/env node
/**
 * What `npm start` and `npm test` begin with: makes a fresh host ready, then runs the real program under Node 24.
 * Plain JavaScript that Node 20 runs, without packages: nothing is installed yet when it begins. It announces whatever it installs.
 *
 *   node daemon/bin/setup.mjs start [options of `reflet up`]
 *   node daemon/bin/setup.mjs test [options of vitest]
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NODE_MAJOR_MIN = 24;

/** Programs that a host needs, and the package of each package manager that brings it. */
const PROGRAMS = [
  { program: 'podman', apt: 'podman', dnf: 'podman' },
  { program: 'conmon', apt: 'conmon', dnf: 'conmon' },
  { program: 'runc', apt: 'runc', dnf: 'runc', orElse: 'crun' },
  { program: 'iptables-restore', apt: 'iptables', dnf: 'iptables-nft' },
  { program: 'ip', apt: 'iproute2', dnf: 'iproute' },
  { program: 'conntrack', apt: 'conntrack', dnf: 'conntrack-tools' },
  { program: 'nsenter', apt: 'util-linux', dnf: 'util-linux' },
  { program: 'sysctl', apt: 'procps', dnf: 'procps-ng' },
  { program: 'git', apt: 'git', dnf: 'git' },
  { program: 'busybox', apt: 'busybox-static', dnf: 'busybox' },
];

/** What the end-to-end tests use besides. */
const TEST_PROGRAMS = [
  { program: 'kubectl', apt: 'kubernetes-client', dnf: 'kubernetes-client' },
  { program: 'nginx', apt: 'nginx-light', dnf: 'nginx' },
  { program: 'redis-server', apt: 'redis-server', dnf: 'redis' },
  { program: 'jq', apt: 'jq', dnf: 'jq' },
  { program: 'ssh', apt: 'openssh-client', dnf: 'openssh-clients' },
  { program: 'sshd', apt: 'openssh-server', dnf: 'openssh-server' },
  { program: 'gpg', apt: 'gnupg', dnf: 'gnupg2' },
  { program: 'ssh-keygen', apt: 'openssh-client', dnf: 'openssh' },
];

const say = (text) => process.stderr.write(`reflet: ${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error) fail(`${program} could not be started: ${error.message}`);
  return status ?? 1;
}

/** As the shell finds programs, with the system directories that root's path may lack. */
function isInstalled(program) {
  const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin`;
  return path.split(':').some((directory) => directory && existsSync(join(directory, program)));
}

function missingPackages(programs, manager) {
  const missing = programs.filter(({ program, orElse }) => !isInstalled(program) && !(orElse && isInstalled(orElse)));
  return missing.map((one) => one[manager]);
}

function packageManager() {
  if (isInstalled('apt-get'))
    return {
      name: 'apt',
      program: 'apt-get',
      prepare: ['update', '-q'],
      install: ['install', '-y', '-q', '--no-install-recommends'],
    };
  if (isInstalled('dnf')) return { name: 'dnf', program: 'dnf', install: ['install', '-y', '-q'] };
  return undefined;
}

/** Installs what is missing; without root or a known package manager it says what to install by hand. */
function installPrograms(programs, required) {
  const manager = packageManager();
  const packages = missingPackages(programs, manager?.name ?? 'apt');
  if (packages.length === 0) return;
  if (!manager || process.getuid?.() !== 0) {
    const text = `these packages are missing: ${packages.join(' ')}; install them${manager ? ` (as root: ${manager.program} ${manager.install.join(' ')} ${packages.join(' ')})` : ''}`;
    return required ? fail(text) : say(`${text}; tests that need them are skipped`);
  }
  say(`installing system packages with ${manager.program}: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // A package's own service (nginx, redis) must not be started just because it is installed.
  const policy = '/usr/sbin/policy-rc.d';
  const guard = manager.name === 'apt' && !existsSync(policy);
  if (guard) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (manager.prepare) run(manager.program, manager.prepare, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (
      run(manager.program, [...manager.install, ...packages], { env, stdio: ['ignore', 'ignore', 'inherit'] }) !== 0
    ) {
      fail(`${manager.program} could not install ${packages.join(' ')}`);
    }
  } finally {
    if (guard) spawnSync('rm', ['-f', policy]);
  }
}

const modulesCurrent = () => {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(ROOT, 'package-lock.json')).mtimeMs;
};

function installModules() {
  if (modulesCurrent()) return;
  say('installing npm packages');
  // Not `npm ci`: it demands that the lock file names optional packages of every platform, also those that a registry lacks.
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  if (run('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] }) !== 0) fail('npm install failed');
}

/** This Node when it is new enough, else the one that npm brought. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return process.execPath;
  const local = join(ROOT, 'node_modules', 'node', 'bin', 'node');
  if (existsSync(local)) return local;
  return fail(
    `Node ${NODE_MAJOR_MIN} or newer is needed, this is ${process.versions.node}, and npm did not bring one: install it`,
  );
}

/** The scripts of package.json that `npm test` consists of, in order. */
function testSteps() {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return scripts['test:steps'].split(' ');
}

function runTests(node, args) {
  const path = `${dirname(node)}:${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}:/usr/sbin:/sbin`;
  const env = { ...process.env, PATH: path };
  for (const step of testSteps()) {
    say(`npm run ${step}`);
    const status = run(
      'npm',
      ['run', '--silent', step, ...(args.length > 0 && step === 'test:vitest' ? ['--', ...args] : [])],
      { env },
    );
    if (status !== 0) process.exit(status);
  }
}

const [command, ...args] = process.argv.slice(2);
if (command === 'start') {
  installPrograms(PROGRAMS, true);
  installModules();
  process.exit(run(findNode(), [join(ROOT, 'daemon', 'bin', 'reflet.mjs'), 'up', ...args]));
} else if (command === 'test') {
  installPrograms([...PROGRAMS, ...TEST_PROGRAMS], process.env.REFLET_E2E === 'required');
  installModules();
  if (process.getuid?.() !== 0 && process.env.REFLET_E2E !== 'required') {
    say(
      'not root: the end-to-end tests are skipped, they make network namespaces, rules and containers (sudo npm test runs them)',
    );
  }
  runTests(findNode(), args);
} else {
  fail('usage: setup.mjs start|test');
}
