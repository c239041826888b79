import { computed, reactive, ref, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import { useErrors } from '@renderer/composables/use-errors';
import { useApp } from '@renderer/stores/app';
import { useInventory } from '@renderer/stores/inventory';
import { DEFAULT_HOST, HOSTS } from '@shared/model/hosts';
import type { NewVmRequest } from '@shared/model/new-vm';
import { checkNewVm, newVmDefaults, newVmPages, pageOfIssue, type NewVmPage } from '@shared/model/rules/new-vm-rules';

export const SKIP_BEFORE = 'newVm.before';

/** Everything that the wizard's controls hold: also what an option that is not chosen would use, so that nothing typed is lost. */
export interface NewVmForm {
  name: string;
  customLocation: boolean;
  location: string;
  generation: 1 | 2;
  memoryMB: number | null;
  dynamicMemory: boolean;
  /** Empty: not connected. */
  switchId: string;
  diskMode: 'create' | 'existing' | 'later';
  diskName: string;
  diskLocation: string;
  sizeGB: number | null;
  existingPath: string;
  installMode: 'later' | 'image' | 'floppy' | 'network';
  isoPath: string;
  floppyPath: string;
  startAfterCreation: boolean;
}

/** The New Virtual Machine Wizard without its markup: what is entered, which pages there are, what may be pressed. */
export function useNewVm() {
  const { t } = useI18n();
  const app = useApp();
  const inventory = useInventory();
  const errors = useErrors();
  const host = computed(() => inventory.host ?? HOSTS[DEFAULT_HOST]);
  const form = reactive(formOf(newVmDefaults(host.value, t('wizard.defaultName')), host.value.paths.virtualMachines));
  const skipsBefore = app.isSilenced(SKIP_BEFORE);
  const page = ref<NewVmPage>(skipsBefore ? 'name' : 'before');
  const skipNextTime = ref(false);
  const busy = ref(false);
  let diskNameTyped = false;

  const extension = computed(() => host.value.wizard.defaultDiskFormat);
  const request = computed<NewVmRequest>(() => requestOf(form));
  const issues = computed(() => checkNewVm(request.value, host.value));
  const pages = computed(() =>
    newVmPages(host.value, request.value).filter((each) => each !== 'before' || !skipsBefore),
  );
  const isInvalid = (each: NewVmPage): boolean => issues.value.some((issue) => pageOfIssue(issue) === each);
  const index = computed(() => pages.value.indexOf(page.value));
  const canNext = computed(() => page.value !== 'summary' && !isInvalid(page.value));
  const canFinish = computed(() => issues.value.length === 0);

  // The disk is called as the machine until somebody gives it a name of its own.
  watch(
    () => form.name,
    (name) => {
      if (!diskNameTyped) form.diskName = `${name.trim()}.${extension.value}`;
    },
  );
  // Installation from the network needs a connection: without one the choice goes back.
  watch(
    () => form.switchId,
    (id) => {
      if (id === '' && form.installMode === 'network') form.installMode = 'later';
    },
  );

  // Generation 2 has no diskette drive.
  watch(
    () => form.generation,
    (generation) => {
      if (generation === 2 && form.installMode === 'floppy') form.installMode = 'later';
    },
  );

  const diskName = computed({
    get: () => form.diskName,
    set: (name: string) => {
      diskNameTyped = true;
      form.diskName = name;
    },
  });

  function go(id: string): void {
    const target = pages.value.find((each) => each === id);
    if (target) page.value = target;
  }
  const step = (by: number): void => go(pages.value[index.value + by] ?? page.value);

  async function finish(): Promise<void> {
    busy.value = true;
    try {
      await ask(lab().inventory.createVm(request.value));
    } catch (error) {
      busy.value = false; // nothing is being made any more while the reason is read
      await errors.show(error, t('wizard.failed'), t('wizard.title'));
      return;
    }
    busy.value = false;
    if (skipNextTime.value) await app.silence(SKIP_BEFORE);
    await ask(lab().app.closeWindow());
  }

  const cancel = (): Promise<void> => ask(lab().app.closeWindow());

  return {
    host,
    form,
    diskName,
    page,
    pages,
    index,
    request,
    isInvalid,
    skipNextTime,
    busy,
    canNext,
    canFinish,
    go,
    step,
    finish,
    cancel,
  };
}

function formOf(request: NewVmRequest, location: string): NewVmForm {
  const disk = request.disk.kind === 'create' ? request.disk : { name: '', location: '', sizeGB: 127 };
  return {
    name: request.name,
    customLocation: false,
    location,
    generation: request.generation,
    memoryMB: request.memoryMB,
    dynamicMemory: request.dynamicMemory,
    switchId: '',
    diskMode: 'create',
    diskName: disk.name,
    diskLocation: disk.location,
    sizeGB: disk.sizeGB,
    existingPath: '',
    installMode: 'later',
    isoPath: '',
    floppyPath: '',
    startAfterCreation: false,
  };
}

function requestOf(form: NewVmForm): NewVmRequest {
  return {
    name: form.name.trim(),
    location: form.customLocation ? form.location : null,
    generation: form.generation,
    memoryMB: form.memoryMB ?? 0,
    dynamicMemory: form.dynamicMemory,
    switchId: form.switchId === '' ? null : form.switchId,
    disk: diskOf(form),
    install: form.diskMode === 'create' ? installOf(form) : { kind: 'later' },
    startAfterCreation: form.startAfterCreation,
  };
}

function diskOf({ diskMode, diskName, diskLocation, sizeGB, existingPath }: NewVmForm): NewVmRequest['disk'] {
  if (diskMode === 'create')
    return { kind: 'create', name: diskName.trim(), location: diskLocation, sizeGB: sizeGB ?? 0 };
  return diskMode === 'existing' ? { kind: 'existing', path: existingPath } : { kind: 'later' };
}

function installOf({ installMode, isoPath, floppyPath }: NewVmForm): NewVmRequest['install'] {
  if (installMode === 'image') return { kind: 'image', path: isoPath };
  if (installMode === 'floppy') return { kind: 'floppy', path: floppyPath };
  return installMode === 'network' ? { kind: 'network' } : { kind: 'later' };
}

export type NewVm = ReturnType<typeof useNewVm>;
