import { ABNORMAL_SOURCES, CSR, NORMAL_SOURCES, STATUS, STATUS_CLEARABLE } from './registers';

/**
 * The two summary bits of CSR5, which follow the sources that CSR7 lets through, and the level of the interrupt pin
 * (21140A HRM, CSR5 and CSR7): the pin stays asserted until the driver has cleared every enabled source.
 */
export function summarise(csr: Uint32Array): boolean {
  const enabled = csr[CSR.InterruptEnable] ?? 0;
  const sources = (csr[CSR.Status] ?? 0) & ~(STATUS.NIS | STATUS.AIS);
  const isNormal = (sources & enabled & NORMAL_SOURCES) !== 0;
  const isAbnormal = (sources & enabled & ABNORMAL_SOURCES) !== 0;
  const status = sources | (isNormal ? STATUS.NIS : 0) | (isAbnormal ? STATUS.AIS : 0);
  csr[CSR.Status] = status;
  return (status & enabled & (STATUS.NIS | STATUS.AIS)) !== 0;
}

/** Clears the status bits that are written as ones. */
export function acknowledge(csr: Uint32Array, value: number): void {
  csr[CSR.Status] = (csr[CSR.Status] ?? 0) & ~(value & STATUS_CLEARABLE);
}
