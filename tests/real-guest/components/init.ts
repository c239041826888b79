/** Programs that the script uses beside those of the other roads. */
export const COMPONENT_APPLETS = ['date', 'mkdir', 'sync', 'cat'];

/** The guest's memory, in the kernel's own words. */
const MEMORY = `echo "@@ memory $(grep -E '^(MemTotal|MemFree):' /proc/meminfo | tr -s ' \\n' ' ')"`;

/** What the kernel runs when the host asks for a shutdown. linux kernel/reboot.c, poweroff_cmd. */
export const POWER_OFF_SCRIPT = `#!/bin/sh
export PATH=/bin
echo "@@ asked to power off" > /dev/console
echo "@@ pool $(tr -s '\\0' ' ' < /var/lib/hyperv/.kvp_pool_3)" > /dev/console
echo "@@ end" > /dev/console
poweroff -f
`;

/** The guest's first program: loads the components' drivers, starts their daemon, and tells of clock and memory until it is shut down. */
export function componentsScript(order: readonly string[]): string {
  const options: Readonly<Record<string, string>> = { hv_balloon: ' pressure_report_delay=1' };
  const load = order.map(
    (name) => `insmod /modules/${name}.ko${options[name] ?? ''} || echo "@@ failed insmod ${name}"`,
  );
  return `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /var/lib/hyperv /etc
echo "@@ started $(uname -r) components"
echo "@@ clock before $(date +%s)"
${MEMORY}
${load.join('\n')}
for d in /sys/bus/vmbus/devices/*; do
  [ -e $d ] && read class < $d/class_id && echo "@@ vmbus \${d##*/} $class"
done
[ -e /bin/hv_kvp_daemon ] && hv_kvp_daemon -n &
usleep 500000
echo "@@ clock after $(date +%s)"
while true; do
  ${MEMORY}
  usleep 500000
done
`;
}
