import { icVersion, IcStatus, IcType, type IcVersions } from '../../../vmbus/protocol/ic';
import {
  HEARTBEAT,
  KVP_DELETE,
  KVP_ENUMERATE,
  KVP_STRING,
  KVP_VALUE,
  KvpOperation,
  KvpPool,
  kvpString,
  kvpText,
  SHUTDOWN,
  ShutdownFlag,
  TIME_SYNC,
  TIME_SYNC_REFERENCE,
  TimeSyncFlag,
  VSS,
  VSS_HOT_BACKUP,
  VssOperation,
} from '../../../vmbus/protocol/ic-bodies';
import { exchangeAddress, isAddressOperation, type AddressBook } from './address-service';
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

/**
 * Hands over the host's time in 100 ns since 1601; `isSync` means "set the clock", else it is a sample to steer by. A sample of version 4
 * says at which reference time it was taken: with `reference`, what has passed since then is added.
 * linux drivers/hv/hv_util.c, hv_get_adj_host_time.
 */
export function timeSyncService(
  take: (hostTime: bigint, isSync: boolean) => void,
  reference: () => bigint | null = () => null,
): IcGuestService {
  return {
    type: IcType.TimeSync,
    versions: versions('4.0 3.0 1.0'),
    request: (body, { major }) => {
      const sample = major >= 4 ? TIME_SYNC_REFERENCE.decode(body) : TIME_SYNC.decode(body);
      if (!sample) return IcStatus.Fail;
      const now = 'referenceTime' in sample ? reference() : null;
      const passed = 'referenceTime' in sample && now !== null ? now - sample.referenceTime : 0n;
      take(sample.parentTime + passed, (sample.flags & TimeSyncFlag.Sync) !== 0);
      return IcStatus.Ok;
    },
  };
}

/** Items that a system keeps by pool (`KvpPool`): what its host has set, and what its own programs have for the host. */
export interface KvpPools {
  list(pool: number): readonly (readonly [string, string])[];
  /** False when it cannot be kept. */
  set(pool: number, key: string, value: string): boolean;
  /** False when there is no such item. */
  remove(pool: number, key: string): boolean;
}

/**
 * Data exchange: lists what the operating system reports of itself (the pool of that name), read anew for each question, and
 * keeps, changes and lists the items of the other pools. `book`: where the system lets its host set addresses.
 */
export function keyValueService(
  items: () => readonly (readonly [string, string])[],
  pools: KvpPools | null = null,
  book: AddressBook | null = null,
): IcGuestService {
  const listed = (pool: number): readonly (readonly [string, string])[] =>
    pool === KvpPool.Auto ? items() : (pools?.list(pool) ?? []);
  return {
    type: IcType.KeyValuePair,
    versions: versions('5.0 4.0 3.0'),
    request: (body, { major }) => {
      if (isAddressOperation(body[0])) return book && major >= 4 ? exchangeAddress(body, book) : IcStatus.Fail;
      if (body[0] === KvpOperation.Enumerate) return enumerate(body, listed);
      if (body[0] === KvpOperation.Get) return find(body, listed);
      return pools === null ? IcStatus.Fail : change(body, pools);
    },
  };
}

type Listed = (pool: number) => readonly (readonly [string, string])[];

function enumerate(body: Uint8Array, listed: Listed): number {
  const request = KVP_ENUMERATE.decode(body);
  if (!request) return IcStatus.Fail;
  const item = listed(request.pool)[request.index];
  if (!item) return IcStatus.EndOfList;
  const [key, value] = [kvpText(item[0]), kvpText(item[1])];
  const sizes = { valueType: KVP_STRING, keyBytes: key.length, valueBytes: value.length };
  KVP_ENUMERATE.write(body, 0, { ...request, ...sizes, key, value });
  return IcStatus.Ok;
}

function find(body: Uint8Array, listed: Listed): number {
  const request = KVP_VALUE.decode(body);
  if (!request) return IcStatus.Fail;
  const key = kvpString(request.key, request.keyBytes);
  const item = listed(request.pool).find(([each]) => each === key);
  if (!item) return IcStatus.Fail;
  const value = kvpText(item[1]);
  KVP_VALUE.write(body, 0, { ...request, valueType: KVP_STRING, valueBytes: value.length, value });
  return IcStatus.Ok;
}

function change(body: Uint8Array, pools: KvpPools): number {
  const isDone =
    body[0] === KvpOperation.Set ? keep(body, pools) : body[0] === KvpOperation.Delete && forget(body, pools);
  return isDone ? IcStatus.Ok : IcStatus.Fail;
}

function keep(body: Uint8Array, pools: KvpPools): boolean {
  const request = KVP_VALUE.decode(body);
  if (!request) return false;
  const { pool, key, keyBytes, value, valueBytes } = request;
  return pools.set(pool, kvpString(key, keyBytes), kvpString(value, valueBytes));
}

function forget(body: Uint8Array, pools: KvpPools): boolean {
  const request = KVP_DELETE.decode(body);
  return request !== null && pools.remove(request.pool, kvpString(request.key, request.keyBytes));
}

/** Backup: what the operating system does when its host wants its disks to hold still. */
export interface FreezeHandler {
  /** True when everything is on the disks and nothing will be written until the thaw. */
  freeze(): boolean;
  thaw(): void;
}

/** linux drivers/hv/hv_snapshot.c with tools/hv/hv_vss_daemon.c. */
export function backupService(handler: FreezeHandler): IcGuestService {
  return {
    type: IcType.Backup,
    versions: { framework: [icVersion('3.0')], message: ['7.0', '6.0', '5.0', '4.0'].map(icVersion) },
    request: (body) => {
      const request = VSS.decode(body);
      if (!request) return IcStatus.Fail;
      const { operation } = request;
      if (operation === VssOperation.HotBackup) VSS.write(body, 0, { operation, flags: VSS_HOT_BACKUP });
      else if (operation === VssOperation.GetDmInfo) VSS.write(body, 0, { operation, flags: 0 });
      else if (operation === VssOperation.Thaw) handler.thaw();
      else return operation === VssOperation.Freeze && handler.freeze() ? IcStatus.Ok : IcStatus.Fail;
      return IcStatus.Ok;
    },
  };
}
