import fs from 'node:fs';
import path from 'node:path';

/** A kernel module file and the modules that must be loaded before it. */
export interface KernelModule {
  readonly name: string;
  readonly file: string;
  readonly depends: readonly string[];
}

/** Module names are compared as the kernel does: a hyphen and an underscore are the same. */
export function moduleName(file: string): string {
  return path.basename(file, '.ko').replaceAll('-', '_');
}

/** All `.ko` files below `directory`, by module name. */
export function findModules(directory: string): Map<string, string> {
  const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  const modules = files.filter((entry) => entry.isFile() && entry.name.endsWith('.ko'));
  return new Map(modules.map((entry) => [moduleName(entry.name), path.join(entry.parentPath, entry.name)]));
}

/** What the module says of itself: the `depends=` line of its `.modinfo` section (NUL-separated `key=value` text). */
export function dependsOf(bytes: Buffer): string[] {
  const key = '\0depends=';
  const at = bytes.indexOf(key, 0, 'latin1');
  if (at < 0) return [];
  const start = at + key.length;
  const text = bytes.toString('latin1', start, bytes.indexOf(0, start));
  return text
    .split(',')
    .filter((name) => name.length > 0)
    .map(moduleName);
}

/**
 * The modules that loading `wanted` needs, each after all that it depends on.
 * @throws when one is not among `available`
 */
export function loadOrder(available: ReadonlyMap<string, string>, wanted: readonly string[]): KernelModule[] {
  const ordered: KernelModule[] = [];
  const visit = (name: string): void => {
    if (ordered.some((module) => module.name === name)) return;
    const file = available.get(name);
    if (file === undefined) throw new Error(`the kernel package has no module ${name}`);
    const depends = dependsOf(fs.readFileSync(file));
    depends.forEach(visit);
    ordered.push({ name, file, depends });
  };
  wanted.forEach(visit);
  return ordered;
}
