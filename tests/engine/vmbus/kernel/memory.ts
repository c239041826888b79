/** Dynamic memory: linux drivers/hv/hv_balloon.c. */
import * as dm from '@engine/vmbus/protocol/dynamic-memory';
import { constants, single, structure, type Row } from './rows';

const header = { type: 'hdr.type', size: 'hdr.size', transaction: 'hdr.trans_id' };

/** Bits of a word in which one bit field is all ones. */
const bits = (type: string, word: string, field: string): string =>
  `({ ${type} v; v.${word} = 0; v.${field} = ~0; v.${word}; })`;

const structures: Row[] = [
  ...structure('DM_HEADER', dm.DM_HEADER, 'struct dm_header', { type: 'type', size: 'size', transaction: 'trans_id' }),
  ...structure('DM_VERSION_REQUEST', dm.DM_VERSION_REQUEST, 'struct dm_version_request', {
    ...header,
    version: 'version',
    isLastAttempt: ':is_last_attempt',
  }),
  ...structure('DM_VERSION_RESPONSE', dm.DM_VERSION_RESPONSE, 'struct dm_version_response', {
    ...header,
    isAccepted: ':is_accepted',
  }),
  ...structure('DM_CAPABILITIES', dm.DM_CAPABILITIES, 'struct dm_capabilities', {
    ...header,
    capabilities: 'caps',
    minPages: 'min_page_cnt',
    maxPageNumber: 'max_page_number',
  }),
  ...structure('DM_CAPABILITIES_RESPONSE', dm.DM_CAPABILITIES_RESPONSE, 'struct dm_capabilities_resp_msg', {
    ...header,
    answer: ':is_accepted',
  }),
  ...structure('DM_STATUS', dm.DM_STATUS, 'struct dm_status', {
    ...header,
    available: 'num_avail',
    committed: 'num_committed',
    pageFileSize: 'page_file_size',
    zeroFree: 'zero_free',
    pageFileWrites: 'page_file_writes',
    ioDifference: 'io_diff',
  }),
  ...structure('DM_BALLOON_REQUEST', dm.DM_BALLOON_REQUEST, 'struct dm_balloon', { ...header, pages: 'num_pages' }),
  ...structure('DM_BALLOON_RESPONSE', dm.DM_BALLOON_RESPONSE, 'struct dm_balloon_response', {
    ...header,
    moreAndCount: ':more_pages',
  }),
  ...structure('DM_UNBALLOON_REQUEST', dm.DM_UNBALLOON_REQUEST, 'struct dm_unballoon_request', {
    ...header,
    more: ':more_pages',
    count: 'range_count',
  }),
  ...structure('DM_HOT_ADD_REQUEST', dm.DM_HOT_ADD_REQUEST, 'struct dm_hot_add', { ...header, range: 'range' }),
  ...structure('DM_HOT_ADD_RESPONSE', dm.DM_HOT_ADD_RESPONSE, 'struct dm_hot_add_response', {
    ...header,
    pages: 'page_count',
    result: 'result',
  }),
  ...structure(
    'DM_MAXIMUM_PAGES',
    dm.DM_MAXIMUM_PAGES,
    'struct { struct dm_info_msg msg; struct dm_info_header info; __u64 pages; } __attribute__((packed))',
    {
      type: 'msg.hdr.type',
      size: 'msg.hdr.size',
      transaction: 'msg.hdr.trans_id',
      infoSize: 'msg.info_size',
      infoType: 'info.type',
      dataSize: 'info.data_size',
      pages: 'pages',
    },
  ),
];

const RANGE = 'union dm_mem_page_range';
const one = dm.dmRange({ start: 2 ** 40 - 1, count: 0 });
const all = dm.dmRange({ start: 0, count: 2 ** 24 - 1 });

const values: Row[] = [
  ...constants('DmType', dm.DmType, {
    Error: 'DM_ERROR',
    VersionRequest: 'DM_VERSION_REQUEST',
    VersionResponse: 'DM_VERSION_RESPONSE',
    CapabilitiesReport: 'DM_CAPABILITIES_REPORT',
    CapabilitiesResponse: 'DM_CAPABILITIES_RESPONSE',
    StatusReport: 'DM_STATUS_REPORT',
    BalloonRequest: 'DM_BALLOON_REQUEST',
    BalloonResponse: 'DM_BALLOON_RESPONSE',
    UnballoonRequest: 'DM_UNBALLOON_REQUEST',
    UnballoonResponse: 'DM_UNBALLOON_RESPONSE',
    HotAddRequest: 'DM_MEM_HOT_ADD_REQUEST',
    HotAddResponse: 'DM_MEM_HOT_ADD_RESPONSE',
    InfoMessage: 'DM_INFO_MESSAGE',
  }),
  ...constants('DmVersion', dm.DmVersion, {
    Win7: 'DYNMEM_PROTOCOL_VERSION_WIN7',
    Win8: 'DYNMEM_PROTOCOL_VERSION_WIN8',
    Win10: 'DYNMEM_PROTOCOL_VERSION_WIN10',
  }),
  single('DmCapability.Balloon', dm.DmCapability.Balloon, bits('union dm_caps', 'caps', 'cap_bits.balloon')),
  single('DmCapability.HotAdd', dm.DmCapability.HotAdd, bits('union dm_caps', 'caps', 'cap_bits.hot_add')),
  single(
    'DmCapability.alignment',
    dm.DmCapability.alignmentMask << dm.DmCapability.alignmentShift,
    bits('union dm_caps', 'caps', 'cap_bits.hot_add_alignment'),
  ),
  single('dmRange start', one, bits(RANGE, 'page_range', 'finfo.start_page')),
  single('dmRange count', all, bits(RANGE, 'page_range', 'finfo.page_cnt')),
];

export const MEMORY: readonly Row[] = [...structures, ...values];
