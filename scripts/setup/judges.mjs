import { installPackages, which } from './apt.mjs';
import { say } from './say.mjs';

/** Programs that judge our work from outside: what each is for, and the Debian packages that bring it. */
const JUDGES = [
  { command: 'qemu-img', packages: ['qemu-utils'], why: 'virtual disks' },
  { command: 'e2fsck', packages: ['e2fsprogs'], why: 'file systems that guests make' },
  { command: 'isoinfo', packages: ['genisoimage'], why: 'disc images' },
  { command: 'gcc', packages: ['gcc', 'libc6-dev'], why: "structures, beside the kernel's own" },
  { command: 'xz', packages: ['xz-utils'], why: "the kernel's source, which comes packed" },
];

/** Installs the judges that are missing where this user may. Without them their tests are skipped and say so. */
export async function tryJudges() {
  const missing = JUDGES.filter(({ command }) => !which(command));
  if (missing.length === 0 || process.platform !== 'linux' || process.getuid?.() !== 0 || !which('apt-get')) return;
  const packages = missing.flatMap((judge) => judge.packages);
  const why = `judges of ${missing.map((judge) => judge.why).join(', ')}`;
  await installPackages(packages, why).catch((error) => say(`going on without them: ${error.message}`));
}
