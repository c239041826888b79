import { describeVhd } from '../vhd/describe';
import { planVhd } from '../vhd/create';
import { openVhd } from '../vhd/open';
import { looksLikeVhd, parseVhd } from '../vhd/parse';
import { planVhdx } from '../vhdx/create';
import { openVhdx } from '../vhdx/open';
import { describeVhdx, looksLikeVhdx, parseVhdx } from '../vhdx/parse';
import type { DiskContext, HeldFile, OpenParent } from './context';
import type { CreationPlan, CreationSpec } from './creation';
import { DiskError } from './disk-error';
import type { ByteSource, DiskFile } from './disk-file';
import type { DiskStore } from './disk-store';
import type { DiskFormat, DiskInfo, ParentInfo } from './disk-types';
import type { RecordedParent } from './parent-path';

/** What is learnt from a disk file without taking it into use. */
export interface InspectedDisk {
  /** Unique ID or Data Write GUID: what a child would record. */
  readonly linkage: string;
  /** What this disk recorded of its own parent. */
  readonly parent?: { readonly recorded: RecordedParent; readonly linkage: readonly string[] };
  describe(parent?: ParentInfo): DiskInfo;
}

/** One file format: how it is recognised, made, opened and looked at. */
export interface DiskCodec {
  recognises(source: ByteSource): boolean;
  plan(file: DiskFile, spec: CreationSpec, context: DiskContext): CreationPlan;
  open(held: HeldFile, context: DiskContext, openParent: OpenParent): DiskStore;
  inspect(source: ByteSource): InspectedDisk;
}

const vhd: DiskCodec = {
  recognises: looksLikeVhd,
  plan: planVhd,
  open: openVhd,
  inspect: (source) => {
    const parsed = parseVhd(source);
    const linkage = parsed.header === undefined ? [] : [parsed.header.parentId];
    return {
      linkage: parsed.footer.uniqueId,
      ...(parsed.parent === undefined ? {} : { parent: { recorded: parsed.parent, linkage } }),
      describe: (parent) => describeVhd(source.path, source.size, parsed, parent),
    };
  },
};

const vhdx: DiskCodec = {
  recognises: looksLikeVhdx,
  plan: planVhdx,
  open: openVhdx,
  inspect: (source) => {
    const parsed = parseVhdx(source);
    const recorded = parsed.metadata.parent;
    return {
      linkage: parsed.headers.current.dataWriteGuid,
      ...(recorded === undefined ? {} : { parent: { recorded, linkage: recorded.linkage } }),
      describe: (parent) => describeVhdx(source.path, source.size, parsed, parent),
    };
  },
};

/** Ordered by how surely content shows the format: a VHDX may hold anything at its end, also what looks like a VHD footer. */
export const CODECS: Readonly<Record<DiskFormat, DiskCodec>> = { vhdx, vhd };

/** The codec of the format that the content (not the name) of the file shows. Throws `unsupported`. */
export function codecOf(source: ByteSource): DiskCodec {
  const codec = Object.values(CODECS).find((candidate) => candidate.recognises(source));
  if (codec !== undefined) return codec;
  throw new DiskError('unsupported', `${source.path} is not a virtual hard disk`, { path: source.path });
}
