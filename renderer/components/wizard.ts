/** One page of a wizard in its navigation list. */
export interface WizardPage {
  readonly id: string;
  readonly label: string;
  readonly indented?: boolean;
  /** Shown grey: it cannot be gone to now. */
  readonly disabled?: boolean;
}

/** The navigation list over `pages`: the names behind an invalid page are grey, as it must be mended first. */
export function navigationOf<P extends string>(
  pages: readonly P[],
  isInvalid: (page: P) => boolean,
  name: (page: P) => Pick<WizardPage, 'label' | 'indented'>,
): WizardPage[] {
  const invalid = pages.findIndex(isInvalid);
  return pages.map((id, i) => ({ id, ...name(id), disabled: invalid >= 0 && i > invalid }));
}
