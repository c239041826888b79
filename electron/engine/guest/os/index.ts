import { DEBIAN_12 } from './debian12';
import { DEBIAN_4 } from './debian4';
import type { OsProfile } from './profile';
import { WINDOWS_XP_SP2 } from './winxp-sp2';
import { WINDOWS_XP_SP3 } from './winxp-sp3';
import { WINDOWS_SERVER_2003_SP2 } from './ws2003-sp2';
import { WINDOWS_SERVER_2008_R2 } from './ws2008r2';
import { WINDOWS_SERVER_2022 } from './ws2022';

/** Every guest operating system that can be installed, oldest first within its family. */
export const OS_PROFILES: readonly OsProfile[] = [
  WINDOWS_XP_SP2,
  WINDOWS_XP_SP3,
  WINDOWS_SERVER_2003_SP2,
  WINDOWS_SERVER_2008_R2,
  WINDOWS_SERVER_2022,
  DEBIAN_4,
  DEBIAN_12,
];

/** The profile with that id, or null. */
export function osProfile(id: string): OsProfile | null {
  return OS_PROFILES.find((profile) => profile.id === id) ?? null;
}

export type { OsProfile } from './profile';
