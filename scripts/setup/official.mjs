import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { megabytes, progress } from './say.mjs';

// A host that answers nothing is given up soon; a slow one that keeps sending is not.
const PATIENCE = { lookup: 10_000, connect: 10_000, secureConnect: 10_000, response: 20_000, socket: 20_000 };

/**
 * Downloads Electron's own release with Electron's own tools, which compare it with the checksums in the npm package,
 * and unpacks it into `folder`. Throws with the reason when that cannot be done.
 */
export async function fetchOfficial({ version, platform, arch, scratch, folder }) {
  const fromElectron = createRequire(join(root, 'node_modules', 'electron', 'package.json'));
  const { downloadArtifact } = fromElectron('@electron/get');
  const unpack = fromElectron('extract-zip');
  // Without this the downloader keeps a timer for a progress bar of its own, and the process alive with it.
  process.env.ELECTRON_GET_NO_PROGRESS = '1';
  let received = '';
  const end = progress(() => received);
  try {
    const archive = await downloadArtifact({
      version,
      artifactName: 'electron',
      platform,
      arch,
      cacheRoot: join(scratch, 'download'),
      checksums: fromElectron('./checksums.json'),
      downloadOptions: {
        quiet: true,
        retry: 0,
        timeout: PATIENCE,
        getProgressCallback: async ({ transferred, total }) => {
          received = `${megabytes(transferred)} of ${total ? megabytes(total) : '?'}`;
        },
      },
    });
    received = 'unpacking';
    await unpack(archive, { dir: folder });
  } finally {
    end();
  }
}
