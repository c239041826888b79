import { icVersion, IcStatus, IcType, type IcVersions } from '../../../vmbus/protocol/ic';
import {
  HEARTBEAT,
  KVP_ENUMERATE,
  KVP_STRING,
  KvpOperation,
  kvpText,
  SHUTDOWN,
  ShutdownFlag,
  TIME_SYNC,
  TIME_SYNC_REFERENCE,
  TimeSyncFlag,
} from '../../../vmbus/protocol/ic-bodies';
import type { IcGuestService } from './ic-driver';

const versions = (message: string): IcVersions => ({
  framework: ['3.0', '1.0'].map(icVersion),
  message: message.split(' ').map(icVersion),
});

/** Answers each beat with the next number, and how the applications are (`ApplicationState`). */
export function heartbeatService(applications: () => number): IcGuestService {
  return {
    type: IcType.Heartbeat,
    versions: versions('3.0 1.0'),
    request: (body, { major }) => {
      const beat = HEARTBEAT.decode(body);
      if (!beat) return IcStatus.Fail;
      HEARTBEAT.write(body, 0, { sequence: beat.sequence + 1n, applicationState: major >= 3 ? applications() : 0 });
      return IcStatus.Ok;
    },
  };
}

/** What the operating system decides about the host's wish. */
export interface ShutdownHandler {
  /** True when it will obey. */
  accepts(force: boolean): boolean;
  /** Called when the answer has been sent. */
  shutDown(restart: boolean, force: boolean): void;
}

/** The answer first, then the deed. linux drivers/hv/hv_util.c, shutdown_onchannelcallback. */
export function shutdownService(handler: ShutdownHandler): IcGuestService {
  const flagsOf = (body: Uint8Array): number => SHUTDOWN.decode(body)?.flags ?? 0;
  return {
    type: IcType.Shutdown,
    versions: versions('3.2 3.1 3.0 1.0'),
    request: (body) => {
      const request = SHUTDOWN.decode(body);
      if (!request || (request.flags & ShutdownFlag.Hibernate) !== 0) return IcStatus.Fail;
      return handler.accepts((request.flags & ShutdownFlag.Force) !== 0) ? IcStatus.Ok : IcStatus.Fail;
    },
    replied: (body, status) => {
      const flags = flagsOf(body);
      const isForced = (flags & ShutdownFlag.Force) !== 0;
      if (status === IcStatus.Ok) handler.shutDown((flags & ShutdownFlag.Restart) !== 0, isForced);
    },
  };
}

/** Hands over the host's time in 100 ns since 1601; `isSync` means "set the clock", else it is a sample to steer by. */
export function timeSyncService(take: (hostTime: bigint, isSync: boolean) => void): IcGuestService {
  return {
    type: IcType.TimeSync,
    versions: versions('4.0 3.0 1.0'),
    request: (body, { major }) => {
      const sample = major >= 4 ? TIME_SYNC_REFERENCE.decode(body) : TIME_SYNC.decode(body);
      if (!sample) return IcStatus.Fail;
      take(sample.parentTime, (sample.flags & TimeSyncFlag.Sync) !== 0);
      return IcStatus.Ok;
    },
  };
}

/** Lists the items that the operating system reports: pairs of key and value, read anew for each question. */
export function keyValueService(items: () => readonly (readonly [string, string])[]): IcGuestService {
  return {
    type: IcType.KeyValuePair,
    versions: versions('5.0 4.0 3.0'),
    request: (body) => {
      const request = KVP_ENUMERATE.decode(body);
      if (!request || request.operation !== KvpOperation.Enumerate) return IcStatus.Fail;
      const item = items()[request.index];
      if (!item) return IcStatus.EndOfList;
      const [key, value] = [kvpText(item[0]), kvpText(item[1])];
      const sizes = { valueType: KVP_STRING, keyBytes: key.length, valueBytes: value.length };
      KVP_ENUMERATE.write(body, 0, { ...request, ...sizes, key, value });
      return IcStatus.Ok;
    },
  };
}
