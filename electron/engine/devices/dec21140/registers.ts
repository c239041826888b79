/**
 * The control and status registers of the 21140 (DECchip 21140A Hardware Reference Manual, chapter 3). CSRn lies at byte
 * offset 8n of either base address register; only double-word accesses are defined.
 */

/** Bytes that the CSRs cover in either address space. */
export const CSR_WINDOW = 0x80;

export const CSR = {
  BusMode: 0,
  TransmitPoll: 1,
  ReceivePoll: 2,
  ReceiveList: 3,
  TransmitList: 4,
  Status: 5,
  OperationMode: 6,
  InterruptEnable: 7,
  MissedFrames: 8,
  Rom: 9,
  BootRomAddress: 10,
  Timer: 11,
  GeneralPurpose: 12,
  Watchdog: 15,
} as const;

/** Values after a hardware or software reset. */
export const RESET_VALUES: readonly number[] = [
  0xfe00_0000, 0xffff_ffff, 0xffff_ffff, 0, 0, 0xfc00_0000, 0x3200_0040, 0xfffe_0000, 0, 0xfff4_83ff, 0, 0xfffe_0000,
  0xc6, 0xffff_0000, 0xffff_ffff, 0x8ff0_0000,
];

export const CSR0_SWR = 1 << 0; // software reset
export const CSR0_WRITABLE = 0x01ff_fffe;

/** CSR5, status: write one to clear bits 16:0. */
export const STATUS = {
  TI: 1 << 0, // transmit interrupt
  TPS: 1 << 1, // transmit process stopped
  TU: 1 << 2, // transmit buffer unavailable
  TJT: 1 << 3, // transmit jabber timeout
  UNF: 1 << 5, // transmit underflow
  RI: 1 << 6, // receive interrupt
  RU: 1 << 7, // receive buffer unavailable
  RPS: 1 << 8, // receive process stopped
  RWT: 1 << 9, // receive watchdog timeout
  ETI: 1 << 10, // early transmit interrupt
  GTE: 1 << 11, // general-purpose timer expired
  FBE: 1 << 13, // fatal bus error
  ERI: 1 << 14, // early receive interrupt
  AIS: 1 << 15, // abnormal interrupt summary
  NIS: 1 << 16, // normal interrupt summary
} as const;

export const STATUS_CLEARABLE = 0x1_ffff;
export const NORMAL_SOURCES = STATUS.TI | STATUS.TU | STATUS.RI | STATUS.GTE | STATUS.ERI;
export const ABNORMAL_SOURCES =
  STATUS.TPS | STATUS.TJT | STATUS.UNF | STATUS.RU | STATUS.RPS | STATUS.RWT | STATUS.ETI | STATUS.FBE;
/** CSR5 25:23, the kind of a fatal bus error: master abort. */
export const BUS_ERROR_MASTER_ABORT = 1 << 23;

/** CSR5 19:17, what the receive process is doing. */
export const RECEIVE_STATE = { Stopped: 0, Waiting: 3, Suspended: 4 } as const;
/** CSR5 22:20, what the transmit process is doing. */
export const TRANSMIT_STATE = { Stopped: 0, Fetching: 1, Suspended: 6 } as const;

/** CSR6, operation mode. */
export const MODE = {
  HP: 1 << 0, // hash and perfect filtering (read-only: follows the setup frame)
  SR: 1 << 1, // start receive
  HO: 1 << 2, // hash-only filtering (read-only)
  IF: 1 << 4, // inverse filtering (read-only)
  PR: 1 << 6, // promiscuous
  PM: 1 << 7, // pass all multicast
  OM: 3 << 10, // loopback
  ST: 1 << 13, // start transmit
  PS: 1 << 18, // port select: MII or symbol port
  TTM: 1 << 22, // transmit threshold mode: 10 Mb/s on the MII port
  MBO: 1 << 25, // must be one
  RA: 1 << 30, // receive all
} as const;

export const MODE_READ_ONLY = MODE.HP | MODE.HO | MODE.IF;
export const INTERNAL_LOOPBACK = 1 << 10;

/** CSR9, serial ROM and MII management. */
export const ROM = {
  CS: 1 << 0, // chip select
  SK: 1 << 1, // clock
  DI: 1 << 2, // data into the ROM
  DO: 1 << 3, // data out of the ROM
  SR: 1 << 11, // serial ROM selected
  MDI: 1 << 19, // data from the PHY: pulled up, and there is no PHY
} as const;

export const CSR12_DIRECTION = 1 << 8; // bits 7:0 set which pins are outputs
/** Level of the general-purpose pins with a link; pin 6 is the symbol port's link (linux de4x5.h, GEP_SLNK). */
export const PINS_IDLE = 0xc6;
export const PIN_LINK = 1 << 6;

export const CSR15_JBD = 1 << 0; // jabber timer disabled
