import type { ProviderState, VersionCounters } from '../message-provider';
import type { PointerShape, ShapeParts } from './pointer-shape';

/** What lies on the screen: depth in bits a pixel, offset and pitch in bytes. */
export interface VideoMode {
  offset: number;
  depth: number;
  width: number;
  height: number;
  pitch: number;
}

/** A part of the picture; right and bottom are outside. */
export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What came, and what did not fit. */
export interface VideoCounters extends VersionCounters {
  situations: number;
  dirtMessages: number;
  rectangles: number;
  pointerPositions: number;
  pointerShapes: number;
  /** Places for the picture at which something else lies. */
  refusedPlaces: number;
  /** Modes that the picture's memory cannot hold. */
  refusedSituations: number;
}

/** Everything about the synthetic video device that a guest (or a viewer) can change. */
export interface VideoVspState extends ProviderState {
  phase: 'closed' | 'open' | 'active';
  /** Agreed version, 0 before. */
  version: number;
  /** Null while the device shows nothing: then the emulated adapter has the screen. */
  mode: VideoMode | null;
  pointer: { visible: boolean; x: number; y: number };
  shape: PointerShape | null;
  parts: ShapeParts;
  /** Changed parts that no viewer has taken yet. */
  dirty: Rectangle[];
  /** Somebody looks at the picture. */
  isWatched: boolean;
  counters: VideoCounters;
}

/** A device whose channel is closed. Whether anybody looks is no matter of the machine's. */
export function freshVideoState(isWatched = false): VideoVspState {
  return {
    phase: 'closed',
    version: 0,
    mode: null,
    pointer: { visible: false, x: 0, y: 0 },
    shape: null,
    parts: { next: 0, bytes: new Uint8Array(0) },
    dirty: [],
    isWatched,
    waiting: [],
    counters: freshVideoCounters(),
  };
}

export function freshVideoCounters(): VideoCounters {
  return {
    situations: 0,
    dirtMessages: 0,
    rectangles: 0,
    pointerPositions: 0,
    pointerShapes: 0,
    refusedVersions: 0,
    refusedPlaces: 0,
    refusedSituations: 0,
    malformed: 0,
    outOfPlace: 0,
  };
}
