import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import { DiskError } from '../../electron/storage/disk/disk-error';
import type { DiskService } from '../../electron/storage/disk/disk-service';
import type { OpenDisk } from '../../electron/storage/disk/disk-types';
import type { DiskEnvironment } from '../../electron/storage/disk/environment';
import { BlockError } from '@engine/base/block-store';

// Real files, made durable: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folders: string[] = [];

/** A new empty folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'partition-lab-storage-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Time and chance that repeat: 2024-03-09T12:00:00Z, and numbers from a counter. */
export function fixedEnvironment(seed = 1): DiskEnvironment {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  };
  return { now: () => 1_709_985_600_000, randomBytes: (length) => Uint8Array.from({ length }, next) };
}

/** Bytes that differ from place to place and from seed to seed. */
export function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Compares large arrays without building a picture of them. */
export function expectSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  if (Buffer.compare(actual, expected) === 0) return;
  const firstDifference = actual.findIndex((byte, i) => byte !== expected[i]);
  expect(firstDifference, 'index of the first byte that differs').toBe(-1);
}

/** Opens a disk, does something with it, and closes it. */
export function withDisk<T>(disks: DiskService, path: string, use: (disk: OpenDisk) => T, readOnly = false): T {
  const disk = disks.openDisk(path, { readOnly });
  try {
    return use(disk);
  } finally {
    disk.close();
  }
}

/** The code of the `DiskError` (or the kind of the `BlockError`) that `action` throws; `none` when it does not. */
export function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof DiskError) return error.code;
    if (error instanceof BlockError) return error.kind;
    throw error;
  }
  return 'none';
}

/** A program that judges our files independently. */
export interface JudgeTool {
  readonly name: string;
  readonly isPresent: boolean;
  /** Runs it; returns what it printed. Throws when it fails, with everything it said. */
  run(...args: string[]): string;
  /** Runs it and returns its exit code and output, whatever they are. */
  try(...args: string[]): { readonly status: number | null; readonly output: string };
}

/**
 * Looks for `name` (a command, with first arguments that prove that it works). Where the environment requires the tools
 * (PARTITION_LAB_REQUIRE_TOOLS=1) the absence of one that is not `isExtra` is a failure.
 */
export function judge(name: string, proof: readonly string[], aptPackage: string, isExtra = false): JudgeTool {
  const isPresent = spawnSync(name, [...proof], { stdio: 'ignore' }).status === 0;
  if (!isPresent) announceAbsence(name, aptPackage, isExtra);
  const attempt = (...args: string[]): { status: number | null; output: string } => {
    const result = spawnSync(name, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return { status: result.status, output: `${result.stdout}${result.stderr}` };
  };
  return {
    name,
    isPresent,
    try: attempt,
    run: (...args) => {
      const { status, output } = attempt(...args);
      if (status !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${String(status)}: ${output}`);
      return output;
    },
  };
}

function announceAbsence(name: string, aptPackage: string, isExtra: boolean): void {
  const text = `${name} is not there (Debian package ${aptPackage}): the tests that need it as a judge`;
  if (process.env.PARTITION_LAB_REQUIRE_TOOLS === '1' && !isExtra)
    throw new Error(`${text} are required and cannot run`);
  console.warn(`${text} are skipped`);
}
