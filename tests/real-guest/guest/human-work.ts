/** Waits until a shell test holds, at most ten seconds. */
const until = (test: string): string => `for i in $(seq 50); do ${test} && break; usleep 200000; done`;
/** Bytes of struct input_event on this architecture. */
export const EVENT_BYTES = 16;
/** Key events: scan code, key, synchronisation for each of six. */
const KEY_BYTES = 6 * 3 * EVENT_BYTES;
/** Pointer events: two places of three, four buttons of three, and a turn of the wheel of three. */
const POINT_BYTES = 7 * 3 * EVENT_BYTES;
const KEYBOARD = 'd34b2567'; // the instance of the synthetic keyboard, in its path

/** Reads its keyboard and mouse, then draws: the whole screen, and after that two rows. The host looks in between. */
export function humanWork(): string {
  return `mount -t devtmpfs dev /dev
${until('grep -q Vmbus /sys/class/input/event*/device/name && [ -e /dev/fb0 ]')}
for d in /sys/bus/vmbus/devices/*; do
  [ -e $d ] && read class < $d/class_id && driver=$(readlink $d/driver) && echo "@@ vmbus \${d##*/} $class \${driver##*/}"
done
for e in /sys/class/input/event*; do
  path=$(readlink -f $e)
  echo "@@ input \${e##*/} $(cat $e/device/name)"
  case "$path" in *${KEYBOARD}*) keyboard=\${e##*/};; esac
  grep -q Vmbus $e/device/name && mouse=\${e##*/}
done
echo "@@ mouse $(cat /sys/class/input/$mouse/device/id/bustype):$(cat /sys/class/input/$mouse/device/id/vendor):$(cat /sys/class/input/$mouse/device/id/product)"
exec 3< /dev/input/$keyboard 4< /dev/input/$mouse
cat <&3 > /run/keys &
cat <&4 > /run/points &
echo "@@ ask keys"
${until(`[ $(wc -c < /run/keys) -ge ${KEY_BYTES} ]`)}
hexdump -v -e '${EVENT_BYTES}/1 "%02x" "\\n"' /run/keys > /run/text
while read line; do echo "@@ key $line"; done < /run/text
echo "@@ ask pointer"
${until(`[ $(wc -c < /run/points) -ge ${POINT_BYTES} ]`)}
hexdump -v -e '${EVENT_BYTES}/1 "%02x" "\\n"' /run/points > /run/text
while read line; do echo "@@ point $line"; done < /run/text
kill %1 %2
for c in /sys/class/vtconsole/*; do grep -q frame $c/name && echo 0 > $c/bind; done
echo "@@ fb $(cat /sys/class/graphics/fb0/name) $(cat /sys/class/graphics/fb0/virtual_size) $(cat /sys/class/graphics/fb0/bits_per_pixel)"
dd if=/dev/urandom of=/run/picture bs=4096 count=768 2> /run/dd || echo "@@ failed dd $(cat /run/dd)"
cat /run/picture > /dev/fb0 || echo "@@ failed drawing"
usleep 700000
read sum rest <<END
$(md5sum < /run/picture)
END
echo "@@ picture $sum"
echo "@@ ask look"
dd if=/dev/zero of=/dev/fb0 bs=8192 seek=50 count=1 conv=notrunc 2> /run/dd || echo "@@ failed dd $(cat /run/dd)"
dd if=/dev/zero of=/run/picture bs=8192 seek=50 count=1 conv=notrunc 2> /run/dd
usleep 700000
read sum rest <<END
$(md5sum < /run/picture)
END
echo "@@ picture $sum"
echo "@@ ask look"
for module in hyperv_drm hid_hyperv hyperv_keyboard; do
  rmmod $module || echo "@@ failed rmmod $module"
done`;
}
