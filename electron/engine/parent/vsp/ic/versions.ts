import { icVersion, type IcVersions } from '../../../vmbus/protocol/ic';

/** Versions of one component, newest first: framework, then messages. */
const versions = (framework: string, message: string): IcVersions => ({
  framework: framework.split(' ').map(icVersion),
  message: message.split(' ').map(icVersion),
});

/** What the components of one host age speak. linux drivers/hv/hv_util.c and hv_kvp.c, *_VERSION tables. */
export interface IcProfile {
  readonly heartbeat: IcVersions;
  readonly shutdown: IcVersions;
  readonly timeSync: IcVersions;
  readonly keyValuePair: IcVersions;
  readonly backup: IcVersions;
  readonly fileCopy: IcVersions;
}

const FIRST: IcProfile = {
  heartbeat: versions('1.0', '1.0'),
  shutdown: versions('1.0', '1.0'),
  timeSync: versions('1.0', '1.0'),
  keyValuePair: versions('1.0', '3.0'),
  backup: versions('3.0', '4.0'),
  fileCopy: versions('3.0', '1.1'),
};

const SECOND: IcProfile = {
  heartbeat: versions('3.0 1.0', '3.0 1.0'),
  shutdown: versions('3.0 1.0', '3.0 1.0'),
  timeSync: versions('3.0 1.0', '3.0 1.0'),
  keyValuePair: versions('3.0 1.0', '4.0 3.0'),
  backup: versions('3.0', '5.0 4.0'),
  fileCopy: versions('3.0', '1.1'),
};

const THIRD: IcProfile = {
  ...SECOND,
  shutdown: versions('3.0 1.0', '3.1 3.0 1.0'),
  timeSync: versions('3.0 1.0', '4.0 3.0 1.0'),
  keyValuePair: versions('3.0 1.0', '5.0 4.0 3.0'),
  backup: versions('3.0', '7.0 6.0 5.0 4.0'),
  fileCopy: versions('3.0', '1.1'),
};

const FOURTH: IcProfile = { ...THIRD, shutdown: versions('3.0 1.0', '3.2 3.1 3.0 1.0') };

/** By host id. */
export const IC_PROFILES: Readonly<Record<string, IcProfile>> = {
  'ws2008-beta': FIRST,
  ws2008: FIRST,
  ws2008r2: SECOND,
  ws2012: SECOND,
  ws2012r2: SECOND,
  ws2016: THIRD,
  ws2019: FOURTH,
  ws2022: FOURTH,
  ws2025: FOURTH,
};

/** The newest: what a host is taken for that says nothing else. */
export const NEWEST_IC_PROFILE = FOURTH;
