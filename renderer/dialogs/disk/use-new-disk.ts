import { computed, onScopeDispose, reactive, ref, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, errorData, lab } from '@renderer/api/lab';
import { useErrors } from '@renderer/composables/use-errors';
import { useApp } from '@renderer/stores/app';
import { useInventory } from '@renderer/stores/inventory';
import type { NewDiskSpec } from '@renderer/stores/shell';
import { DEFAULT_HOST, HOSTS } from '@shared/model/hosts';
import type { NewDiskRequest } from '@shared/model/new-disk';
import {
  checkNewDisk,
  defaultDiskType,
  newDiskDefaults,
  newDiskPages,
  pageOfDiskIssue,
  type NewDiskPage,
} from '@shared/model/rules/new-disk-rules';

export const SKIP_BEFORE = 'newDisk.before';
/** Milliseconds between two looks at how far a disk is. */
const LOOK = 200;

/** The New Virtual Hard Disk Wizard without its markup. `answer` gets the path of the new disk, or null. */
export function useNewDisk(spec: NewDiskSpec, answer: (path: string | null) => void) {
  const { t } = useI18n();
  const app = useApp();
  const inventory = useInventory();
  const errors = useErrors();
  const host = computed(() => inventory.host ?? HOSTS[DEFAULT_HOST]);
  const first = newDiskDefaults(host.value, t('disk.defaultName'), spec.format ?? host.value.wizard.defaultDiskFormat);
  const form = reactive({ ...first, sizeGB: first.sizeGB as number | null, parentPath: '' }); // null while what is typed is no number
  const skipsBefore = app.isSilenced(SKIP_BEFORE);
  const skipNextTime = ref(false);
  const pages = computed(() => newDiskPages(host.value).filter((each) => each !== 'before' || !skipsBefore));
  const page = ref<NewDiskPage>(pages.value[0] ?? 'name');
  const busy = ref(false);
  const percent = ref(0);
  const touched = { type: false };

  const request = computed<NewDiskRequest>(() => ({
    ...form,
    name: form.name.trim(),
    sizeGB: form.sizeGB ?? 0,
    parentPath: form.type === 'differencing' ? form.parentPath : null,
  }));
  const issues = computed(() => checkNewDisk(request.value, host.value));
  const isInvalid = (each: NewDiskPage): boolean => issues.value.some((issue) => pageOfDiskIssue(issue) === each);
  const index = computed(() => pages.value.indexOf(page.value));
  const canNext = computed(() => page.value !== 'summary' && !isInvalid(page.value));
  const canFinish = computed(() => issues.value.length === 0);

  // The ending of the name follows the format, and so does the type until somebody chooses one.
  watch(
    () => form.format,
    (format, before) => {
      if (form.name.toLowerCase().endsWith(`.${before}`)) form.name = `${form.name.slice(0, -before.length)}${format}`;
      if (!touched.type) form.type = defaultDiskType(host.value, format);
    },
  );
  const type = computed({
    get: () => form.type as string,
    set: (value) => {
      touched.type = true;
      form.type = value === 'fixed' || value === 'differencing' ? value : 'dynamic';
    },
  });
  const format = computed({
    get: () => form.format as string,
    set: (value) => (form.format = value === 'vhd' ? 'vhd' : 'vhdx'),
  });

  function go(id: string): void {
    const target = pages.value.find((each) => each === id);
    if (target) page.value = target;
  }
  const step = (by: number): void => go(pages.value[index.value + by] ?? page.value);

  const path = computed(() => `${request.value.location.replace(/\\+$/, '')}\\${request.value.name}`);
  async function look(): Promise<void> {
    const { share } = await ask(lab().files.diskProgress({ path: path.value }));
    if (share !== null) percent.value = Math.floor(share * 100);
  }

  let looking: ReturnType<typeof setInterval> | undefined;
  const stopLooking = (): void => clearInterval(looking);
  onScopeDispose(stopLooking);

  async function finish(): Promise<void> {
    busy.value = true;
    percent.value = 0;
    looking = setInterval(() => void look().catch(stopLooking), LOOK);
    try {
      const made = await ask(lab().files.createDisk(request.value));
      if (skipNextTime.value) await app.silence(SKIP_BEFORE);
      answer(made.path);
    } catch (error) {
      busy.value = false; // nothing is being made any more while the reason is read
      stopLooking();
      if (errorData(error).code !== 'cancelled') await errors.show(error, t('disk.failed'), t('disk.title'));
    } finally {
      stopLooking();
      busy.value = false;
    }
  }

  /** Gives up the disk that is being made, or closes the wizard. */
  function cancel(): void {
    if (busy.value) void ask(lab().files.cancelDisk({ path: path.value }));
    else answer(null);
  }

  return {
    host,
    form,
    type,
    format,
    page,
    pages,
    index,
    request,
    skipNextTime,
    busy,
    percent,
    canNext,
    canFinish,
    isInvalid,
    go,
    step,
    finish,
    cancel,
  };
}

export type NewDisk = ReturnType<typeof useNewDisk>;
