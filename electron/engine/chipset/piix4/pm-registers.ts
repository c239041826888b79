/**
 * The PIIX4's power management registers (82371AB data sheet, 7.2), offsets from the base that PMBA gives. They are kept as
 * 16-bit words.
 */
export const PM_WINDOW = 0x40;

export const PM = {
  Status: 0x00, // PMSTS, write one to clear
  Enable: 0x02, // PMEN
  Control: 0x04, // PMCNTRL
  TimerLow: 0x08, // PMTMR, 24 bits
  TimerHigh: 0x0a,
  GeneralStatus: 0x0c, // GPSTS, write one to clear
  GlobalStatus: 0x18, // GLBSTS, write one to clear
  DeviceStatus: 0x1c, // DEVSTS, write one to clear
  DeviceStatusHigh: 0x1e,
} as const;

export const PM_EVENT = { timer: 1 << 0, global: 1 << 5, powerButton: 1 << 8, clock: 1 << 10 } as const;
export const PM_EVENTS = PM_EVENT.timer | PM_EVENT.global | PM_EVENT.powerButton | PM_EVENT.clock;
export const PM_STATUS_CLEARABLE = 0x8000 | 0x0010 | PM_EVENTS;

export const SCI_EN = 1 << 0;
export const CONTROL_WRITABLE = 0x1c07;
export const SUS_EN = 1 << 13;
/** PMCNTRL 12:10, the kind of sleep; 0 is soft-off, which the firmware's \_S5 names. */
export const sleepType = (control: number): number => (control >> 10) & 7;
export const SOFT_OFF = 0;

export const PM_TIMER_HZ = 3_579_545;
/** The timer's status bit is set each time the highest of its 24 bits changes. */
export const HALF_RANGE = 2 ** 23;

/** Values after a reset of the words that are not zero: the general-purpose outputs. */
export const PM_RESET: readonly (readonly [number, number])[] = [
  [0x34, 0xbfff],
  [0x36, 0x7fff],
];

const READ_ONLY = new Set<number>([PM.TimerLow, PM.TimerHigh, 0x14, 0x30, 0x32]);
const CLEAR_BY_ONE = new Set<number>([PM.GeneralStatus, PM.GlobalStatus, PM.DeviceStatus, PM.DeviceStatusHigh]);

/** What a word without an effect of its own becomes when the bits of `mask` are written. */
export function storedWord(offset: number, old: number, value: number, mask: number): number {
  if (READ_ONLY.has(offset)) return old;
  return CLEAR_BY_ONE.has(offset) ? old & ~(value & mask) : (old & ~mask) | (value & mask);
}
