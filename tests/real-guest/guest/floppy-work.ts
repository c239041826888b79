/**
 * Reads the diskette, writes over it and reads it back, has it changed for one that is write-protected and for one of half the size,
 * and looks into an empty drive.
 */
export function floppyWork(driver: string): string {
  return `mknod /dev/fd0 b 2 0
sum() { dd if=/dev/fd0 bs=\${2:-18432} count=\${3:-80} 2> /run/dd | md5sum > /run/sum; read sum rest < /run/sum; echo "@@ $1 $sum"; }
fill() { dd if=/bin/busybox of=/dev/fd0 bs=18432 skip=$2 count=$3 conv=fsync 2> /run/dd && echo "@@ $1 ok" || echo "@@ $1 refused"; }
digest() { dd if=/bin/busybox bs=18432 skip=$2 count=$3 2> /dev/null | md5sum > /run/sum; read sum rest < /run/sum; echo "@@ $1 $sum"; }
sum original
echo "@@ size $(cat /sys/block/fd0/size)"
digest pattern 0 80
fill fill 0 80
echo 3 > /proc/sys/vm/drop_caches
sum written
echo "@@ ask diskette protected"
sleep 4
sum protected
fill refill 0 80
echo "@@ ask diskette low"
sleep 4
sum low 9216
echo "@@ lowsize $(cat /sys/block/fd0/size)"
echo "@@ ask diskette none"
sleep 4
dd if=/dev/fd0 of=/dev/null count=1 2> /dev/null && echo "@@ empty read" || echo "@@ empty nothing"
while read line; do echo "@@ interrupts $line"; done < /proc/interrupts
rmmod ${driver} || echo "@@ failed rmmod ${driver}"`;
}
