import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { say } from './say.mjs';

function setting(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}

function namespacesForbidden() {
  return (
    setting('/proc/sys/kernel/unprivileged_userns_clone') === '0' ||
    setting('/proc/sys/user/max_user_namespaces') === '0' ||
    setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1'
  );
}

function helperIsReady(helper) {
  const stat = statSync(helper, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === 0 && (stat.mode & 0o4000) !== 0;
}

/**
 * The switches that Chromium's sandbox needs from whoever starts it. Chromium refuses to run as root with its sandbox, so root
 * gets `--no-sandbox` and is told; the application itself never turns the sandbox off. Where the system forbids
 * both ways of building a sandbox, the line that allows one is given.
 */
export function sandboxSwitches(dist) {
  if (process.platform !== 'linux') return [];
  if (process.getuid() === 0) {
    say('running as root: Chromium is started with --no-sandbox, because it refuses to run as root with its sandbox');
    return ['--no-sandbox'];
  }
  const helper = join(dist, 'chrome-sandbox');
  if (!namespacesForbidden() || helperIsReady(helper)) return [];
  throw new Failure(
    "this system forbids user namespaces, so Chromium's sandbox needs its helper to belong to root",
    `run this line, then the same command again:\n\n    sudo sh -c "chown root '${helper}' && chmod 4755 '${helper}'"\n`,
  );
}
