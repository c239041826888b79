import { ipv4Text } from '@engine/base/net/address';
import { LAN } from '@engine/parent/physical/simulated-lan';

/** Megabytes that go to the echo service of `server1` and come back: fewer where each frame takes many port accesses. */
export const ECHO_MEGABYTES: Readonly<Record<string, number>> = { hv_netvsc: 10, tulip: 1 };
/** Sizes of pings that fit into a frame, and of some that travel in pieces. */
export const PING_SIZES = [56, 1400, 9000, 40_000] as const;

const pings = PING_SIZES.map(
  (size) => `echo "@@ ping${size} $(ping -c 4 -i 0.2 -W 3 -s ${size} $router | grep transmitted)"`,
);

/** Random bytes through the echo service and back again, with the checksums of what went and what came. */
const echo = (driver: string): string => `head -c ${(ECHO_MEGABYTES[driver] ?? 1) * 2 ** 20} /dev/urandom > /run/out
read begin rest < /proc/uptime
nc ${ipv4Text(LAN.server)} 7 < /run/out > /run/back || echo "@@ failed nc"
read end rest < /proc/uptime
echo "@@ sent $(md5sum < /run/out)"
echo "@@ echoed $(md5sum < /run/back) from $begin to $end"`;

/** Brings the adapter up, asks for an address, pings, and unloads and loads the driver again. */
export function networkWork(driver: string): string {
  return `for i in 1 2 3 4 5 6 7 8 9 10; do
  for d in /sys/class/net/*; do
    [ \${d##*/} = lo ] || card=\${d##*/}
  done
  [ -n "$card" ] && break
  usleep 200000
done
for d in /sys/bus/vmbus/devices/*; do
  [ -e $d ] && read class < $d/class_id && echo "@@ vmbus \${d##*/} $class"
done
driver=$(readlink /sys/class/net/$card/device/driver)
read mac < /sys/class/net/$card/address
echo "@@ card name=$card driver=\${driver##*/} mac=$mac"
ip link set lo up
ip link set $card up
udhcpc -i $card -f -n -q -t 5 -T 2 -s /lease || echo "@@ failed udhcpc"
read router < /run/router
${pings.join('\n')}
${echo(driver)}
cd /sys/class/net/$card/statistics
for f in rx_packets tx_packets rx_bytes tx_bytes rx_errors tx_errors rx_dropped tx_dropped; do
  read n < $f
  counters="$counters $f=$n"
done
cd /
echo "@@ counters$counters"
while read line; do echo "@@ interrupts $line"; done < /proc/interrupts
ip link set $card down
rmmod ${driver} || echo "@@ failed rmmod ${driver}"
insmod /modules/${driver}.ko || echo "@@ failed second insmod ${driver}"
usleep 300000
ip link set $card up
udhcpc -i $card -f -n -q -t 5 -T 2 -s /lease || echo "@@ failed second udhcpc"
echo "@@ again $(ping -c 2 -i 0.2 -W 3 -s 56 $router | grep transmitted)"
ip link set $card down
rmmod ${driver} || echo "@@ failed second rmmod ${driver}"`;
}
