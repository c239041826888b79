import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The guest's files cannot be had on this machine: the message says why, and the run is skipped. */
export class GuestUnavailable extends Error {}

const UPDATE_LIMIT = 180_000; // milliseconds
const DOWNLOAD_LIMIT = 600_000;
const OUTPUT_LIMIT = 64 * 1024 * 1024; // bytes kept of a command's output

/** Settings of apt that say how to reach the outside (proxies, time limits, certificates), and nothing else. */
const KEPT_SETTING = /^Acquire::(?!IndexTargets|Languages|cdrom|Changelogs)[^ ]+ ".+";$/;

/**
 * apt for another architecture beside the system's own: it uses the system's package sources and keys, and keeps its
 * lists, its cache and its idea of what is installed (nothing) in a directory of its own. The system's state is neither
 * read nor changed, no architecture is added to it, and no privilege is needed.
 */
export class PrivateApt {
  private readonly config: string;

  private constructor(
    private readonly directory: string,
    private readonly architecture: string,
  ) {
    this.config = path.join(directory, 'apt.conf');
  }

  /** @throws GuestUnavailable when the machine has no apt */
  static async create(directory: string, architecture: string): Promise<PrivateApt> {
    const settings = await run('apt-config', ['dump']).catch(() => {
      throw new GuestUnavailable('this machine has no apt (Debian or a relative is needed to get the guest kernel)');
    });
    const apt = new PrivateApt(directory, architecture);
    for (const part of ['lists/partial', 'cache/archives/partial', 'parts'])
      fs.mkdirSync(path.join(directory, part), { recursive: true });
    fs.writeFileSync(path.join(directory, 'status'), '');
    const kept = settings.stdout.split('\n').filter((line) => KEPT_SETTING.test(line));
    fs.writeFileSync(apt.config, [...kept, ...apt.ownSettings()].join('\n') + '\n');
    return apt;
  }

  private ownSettings(): string[] {
    const at = (part: string): string => path.join(this.directory, part);
    return [
      `APT::Architecture "${this.architecture}";`,
      `APT::Architectures { "${this.architecture}"; };`,
      'APT::Sandbox::User "";', // the directory belongs to whoever runs this
      'Acquire::Languages "none";',
      'Acquire::Retries "3";',
      `Dir::State "${this.directory}";`,
      `Dir::State::lists "${at('lists')}";`,
      `Dir::State::status "${at('status')}";`,
      `Dir::Cache "${at('cache')}";`,
      `Dir::Etc::parts "${at('parts')}";`, // the hooks of the system's own configuration concern the system's state
      'Dir::Etc::main "/dev/null";',
      `Dir::Log "${this.directory}";`,
    ];
  }

  private async call(command: string, args: readonly string[], timeout: number, cwd = this.directory): Promise<string> {
    const env = { ...process.env, APT_CONFIG: this.config, LC_ALL: 'C' };
    const { stdout } = await run(command, [...args], { cwd, env, timeout, maxBuffer: OUTPUT_LIMIT });
    return stdout;
  }

  /** Fetches the package lists. A source that fails is left out: what counts is whether the packages are found. */
  async update(): Promise<void> {
    await this.call('apt-get', ['-qq', 'update'], UPDATE_LIMIT).catch(() => undefined);
  }

  /**
   * The first package that `name` depends on whose own name begins with `prefix`.
   * @throws GuestUnavailable when no source has `name`
   */
  async dependencyOf(name: string, prefix: string): Promise<string> {
    const text = await this.call('apt-cache', ['show', '--no-all-versions', name], UPDATE_LIMIT).catch(() => '');
    const depends = /^Depends: (.*)$/m.exec(text)?.[1] ?? '';
    const found = depends.split(/[,|]/).map((item) => item.trim().split(/[ :]/)[0] ?? '');
    const match = found.find((item) => item.startsWith(prefix));
    if (match) return match;
    throw new GuestUnavailable(`no package source of this machine offers ${name} for ${this.architecture}`);
  }

  /**
   * Downloads packages into `directory`, checked against the signed lists, and returns their files.
   * @throws GuestUnavailable when one cannot be had
   */
  async download(names: readonly string[], directory: string): Promise<string[]> {
    fs.mkdirSync(directory, { recursive: true });
    await this.call('apt-get', ['-qq', 'download', ...names], DOWNLOAD_LIMIT, directory).catch((error: unknown) => {
      const text =
        error instanceof Error ? (error.message.match(/^E: .*/m)?.[0] ?? error.message.split('\n')[0]) : String(error);
      throw new GuestUnavailable(`${names.join(', ')} (${this.architecture}) could not be downloaded: ${text}`);
    });
    return fs
      .readdirSync(directory)
      .filter((file) => file.endsWith('.deb'))
      .map((file) => path.join(directory, file));
  }
}

/** Unpacks the files of a Debian package below `root`; nothing of it is run. */
export async function unpackPackage(file: string, root: string): Promise<void> {
  fs.mkdirSync(root, { recursive: true });
  await run('dpkg-deb', ['-x', file, root], { timeout: DOWNLOAD_LIMIT }).catch((error: unknown) => {
    throw new GuestUnavailable(
      `${path.basename(file)} could not be unpacked: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
}
