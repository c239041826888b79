import type { OsProfile } from './profile';
import { WINDOWS_XP_SP2 } from './winxp-sp2';

/** Windows XP Professional with Service Pack 3: the same drivers as before. */
export const WINDOWS_XP_SP3: OsProfile = {
  ...WINDOWS_XP_SP2,
  id: 'winxp-sp3',
  buildText: '5.1.2600 Service Pack 3 Build 2600',
  mediaLabel: 'XP_SP3_LAB',
};
