/** The synthetic screen: linux drivers/gpu/drm/hyperv/hyperv_drm_proto.c. */
import * as video from '@engine/vmbus/protocol/synth-video';
import { constants, single, structure, type Row } from './rows';

const structures: Row[] = [
  ...structure('VERSION_REQUEST', video.VERSION_REQUEST, 'struct synthvid_version_req', { version: 'version' }),
  ...structure('VIDEO_VERSION_RESPONSE', video.VIDEO_VERSION_RESPONSE, 'struct synthvid_version_resp', {
    version: 'version',
    accepted: 'is_accepted',
    maxOutputs: 'max_video_outputs',
  }),
  ...structure('VRAM_LOCATION', video.VRAM_LOCATION, 'struct synthvid_vram_location', {
    context: 'user_ctx',
    specified: 'is_vram_gpa_specified',
    gpa: 'vram_gpa',
  }),
  ...structure('VIDEO_ACK vram', video.VIDEO_ACK, 'struct synthvid_vram_location_ack', { context: 'user_ctx' }),
  ...structure('VIDEO_ACK situation', video.VIDEO_ACK, 'struct synthvid_situation_update_ack', { context: 'user_ctx' }),
  ...structure('SITUATION_UPDATE', video.SITUATION_UPDATE, 'struct synthvid_situation_update', {
    context: 'user_ctx',
    outputs: 'video_output_count',
    active: 'video_output[0].active',
    offset: 'video_output[0].vram_offset',
    depth: 'video_output[0].depth_bits',
    width: 'video_output[0].width_pixels',
    height: 'video_output[0].height_pixels',
    pitch: 'video_output[0].pitch_bytes',
  }),
  ...structure('POINTER_POSITION', video.POINTER_POSITION, 'struct synthvid_pointer_position', {
    visible: 'is_visible',
    output: 'video_output',
    x: 'image_x',
    y: 'image_y',
  }),
  ...structure(
    'POINTER_SHAPE',
    video.POINTER_SHAPE,
    'struct synthvid_pointer_shape',
    { part: 'part_idx', argb: 'is_argb', width: 'width', height: 'height', hotX: 'hot_x', hotY: 'hot_y' },
    { size: '__builtin_offsetof(struct synthvid_pointer_shape, data)' },
  ),
  ...structure('FEATURE_CHANGE', video.FEATURE_CHANGE, 'struct synthvid_feature_change', {
    dirt: 'is_dirt_needed',
    pointerPosition: 'is_ptr_pos_needed',
    pointerShape: 'is_ptr_shape_needed',
    situation: 'is_situ_needed',
  }),
  ...structure(
    'DIRT_HEAD',
    video.DIRT_HEAD,
    'struct synthvid_dirt',
    { output: 'video_output', count: 'dirt_count' },
    { size: '__builtin_offsetof(struct synthvid_dirt, rect)' },
  ),
  ...structure('RECTANGLE', video.RECTANGLE, 'struct rect', { left: 'x1', top: 'y1', right: 'x2', bottom: 'y2' }),
  ...structure('RESOLUTION_REQUEST', video.RESOLUTION_REQUEST, 'struct synthvid_supported_resolution_req', {
    most: 'maximum_resolution_count',
  }),
  ...structure(
    'RESOLUTION_HEAD',
    video.RESOLUTION_HEAD,
    'struct synthvid_supported_resolution_resp',
    {
      edid: 'edid_block',
      count: 'resolution_count',
      preferred: 'default_resolution_index',
      standard: 'is_standard',
    },
    { size: '__builtin_offsetof(struct synthvid_supported_resolution_resp, supported_resolution)' },
  ),
];

const values: Row[] = [
  ...constants('VideoMessage', video.VideoMessage, {
    VersionRequest: 'SYNTHVID_VERSION_REQUEST',
    VersionResponse: 'SYNTHVID_VERSION_RESPONSE',
    VramLocation: 'SYNTHVID_VRAM_LOCATION',
    VramLocationAck: 'SYNTHVID_VRAM_LOCATION_ACK',
    SituationUpdate: 'SYNTHVID_SITUATION_UPDATE',
    SituationUpdateAck: 'SYNTHVID_SITUATION_UPDATE_ACK',
    PointerPosition: 'SYNTHVID_POINTER_POSITION',
    PointerShape: 'SYNTHVID_POINTER_SHAPE',
    FeatureChange: 'SYNTHVID_FEATURE_CHANGE',
    Dirt: 'SYNTHVID_DIRT',
    BiosInfoRequest: null,
    BiosInfoResponse: null,
    ResolutionRequest: 'SYNTHVID_RESOLUTION_REQUEST',
    ResolutionResponse: 'SYNTHVID_RESOLUTION_RESPONSE',
    CapabilityRequest: null,
    CapabilityResponse: null,
  }),
  ...constants('VideoVersion', video.VideoVersion, {
    V3_0: 'SYNTHVID_VERSION_WIN7',
    V3_2: 'SYNTHVID_VERSION_WIN8',
    V3_3: 'SYNTHVID_VERSION(3, 3)',
    V3_5: 'SYNTHVID_VERSION_WIN10',
  }),
  single('LAST_PART', video.LAST_PART, '(u8)SYNTHVID_CURSOR_COMPLETE'),
  single('MAX_POINTER', video.MAX_POINTER, 'SYNTHVID_CURSOR_MAX_X'),
  single('MAX_RESOLUTIONS', video.MAX_RESOLUTIONS, 'SYNTHVID_MAX_RESOLUTION_COUNT'),
  single('VIDEO_MEMORY_MEGABYTES', video.VIDEO_MEMORY_MEGABYTES, 'SYNTHVID_FB_SIZE_WIN8 >> 20'),
];

export const VIDEO: readonly Row[] = [...structures, ...values];
