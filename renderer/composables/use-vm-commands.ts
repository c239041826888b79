import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import { useInventory } from '@renderer/stores/inventory';
import { useShell } from '@renderer/stores/shell';
import type { VmSummary } from '@shared/model/inventory';
import type { VmCommand } from '@shared/model/vm-state';
import { useErrors } from './use-errors';

/** Commands that ask first. The id of the question is the command. */
const ASKS = ['turnOff', 'shutDown', 'reset', 'delete', 'deleteSavedState'] as const;
type Asking = (typeof ASKS)[number];
type Running = Exclude<VmCommand, 'connect' | 'settings' | 'rename'>;

const asks = (command: VmCommand): command is Asking => ASKS.some((each) => each === command);

/** Carries out commands on machines: asks where the tool asks, sends the intention to main, shows the refusal. */
export function useVmCommands() {
  const { t } = useI18n();
  const shell = useShell();
  const errors = useErrors();
  const inventory = useInventory();

  const calls: Record<Running, (vmId: string) => Promise<unknown>> = {
    start: (vmId) => ask(lab().machine.start({ vmId })),
    turnOff: (vmId) => ask(lab().machine.turnOff({ vmId })),
    shutDown: (vmId) => ask(lab().machine.shutDown({ vmId })),
    save: (vmId) => ask(lab().machine.save({ vmId })),
    pause: (vmId) => ask(lab().machine.pause({ vmId })),
    resume: (vmId) => ask(lab().machine.resume({ vmId })),
    reset: (vmId) => ask(lab().machine.reset({ vmId })),
    deleteSavedState: (vmId) => ask(lab().machine.deleteSavedState({ vmId })),
    delete: (vmId) => ask(lab().inventory.deleteVm({ vmId })),
  };

  async function agreed(command: Asking): Promise<boolean> {
    const words = `manager.confirm.${command}`;
    const answer = await shell.confirm({
      caption: t(`${words}.caption`),
      icon: 'warning',
      headline: t(`${words}.headline`),
      text: t(`${words}.text`),
      buttons: [
        { id: 'yes', label: t(`${words}.yes`), isDefault: true },
        { id: 'no', label: t(`${words}.no`) },
      ],
      cancel: 'no',
      silence: { question: command, label: t('common.dontAskAgain'), answer: 'yes' },
    });
    return answer === 'yes';
  }

  function headline(command: Running, vm: VmSummary): string {
    const old = inventory.host?.words.pointInTime === 'snapshot' && command !== 'delete';
    return old ? t('manager.failed.changeState', { name: vm.settings.name }) : t(`manager.failed.${command}`);
  }

  /** Runs one command on the machines that are selected; the question is asked once for all. */
  async function run(command: Running, vms: readonly VmSummary[]): Promise<void> {
    if (vms.length === 0 || (asks(command) && !(await agreed(command)))) return;
    await Promise.all(vms.map((vm) => errors.attempt(headline(command, vm), () => calls[command](vm.id))));
  }

  /** Opens the connection window of a machine. */
  const connect = (vmId: string): Promise<boolean> =>
    errors.attempt(t('manager.failed.open'), () => ask(lab().app.openConsole({ vmId })));

  /** Opens the Settings window of a machine. */
  const openSettings = (vmId: string): Promise<boolean> =>
    errors.attempt(t('manager.failed.open'), () => ask(lab().app.openSettings({ vmId })));

  /** Gives a machine another name. */
  const rename = (vmId: string, name: string): Promise<boolean> =>
    errors.attempt(t('manager.failed.rename'), () => ask(lab().inventory.renameVm({ vmId, name })));

  return { run, connect, openSettings, rename };
}
