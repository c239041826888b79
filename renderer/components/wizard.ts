/** One page of a wizard in its navigation list. */
export interface WizardPage {
  readonly id: string;
  readonly label: string;
  readonly indented?: boolean;
  /** Shown grey: it cannot be gone to now. */
  readonly disabled?: boolean;
}
