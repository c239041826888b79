/** Waits until a shell test holds, at most ten seconds. */
const until = (test: string): string => `for i in $(seq 50); do ${test} && break; usleep 200000; done`;

/**
 * Looks at its disks, partitions and formats the first, writes to it and reads back what only the disk can still have, reads the
 * disc, and takes part in what the host does meanwhile: another disc, one more disk, one less.
 */
export function storageWork(driver: string): string {
  return `mount -t devtmpfs dev /dev
${until('[ -e /dev/sda ] && [ -e /dev/sr0 ]')}
for d in /sys/bus/vmbus/devices/*; do
  [ -e $d ] && read class < $d/class_id && echo "@@ vmbus \${d##*/} $class"
done
list() {
  for d in /sys/bus/scsi/devices/[0-9]*; do
    [ -e $d/type ] && echo "@@ $1 \${d##*/} type=$(cat $d/type) vendor=$(cat $d/vendor) model=$(cat $d/model)"
  done
}
list scsi
for f in size ro removable queue/rotational queue/logical_block_size queue/physical_block_size; do
  echo "@@ disk $f=$(cat /sys/block/sda/$f)"
done
printf 'n\np\n1\n\n\nw\n' | fdisk /dev/sda > /run/fdisk 2>&1 || echo "@@ failed fdisk $(cat /run/fdisk)"
${until('[ -e /dev/sda1 ]')}
mke2fs -i 65536 -L LAB /dev/sda1 > /run/mke2fs 2>&1 || echo "@@ failed mke2fs $(cat /run/mke2fs)"
mount -t ext2 /dev/sda1 /mnt || echo "@@ failed mount"
dd if=/dev/urandom of=/mnt/random bs=65536 count=64 2> /run/dd || echo "@@ failed dd $(cat /run/dd)"
mkdir /mnt/folder
cp /modules/ext4.ko /mnt/folder/
echo "@@ written $(md5sum < /mnt/random)"
echo "@@ module $(md5sum < /modules/ext4.ko)"
umount /mnt || echo "@@ failed umount"
echo 3 > /proc/sys/vm/drop_caches
mount -t ext2 /dev/sda1 /mnt || echo "@@ failed second mount"
echo "@@ read $(md5sum < /mnt/random)"
echo "@@ copied $(md5sum < /mnt/folder/ext4.ko)"
umount /mnt
mount -t iso9660 -o ro /dev/sr0 /disc || echo "@@ failed disc"
echo "@@ disc $(cat /disc/readme.txt)"
umount /disc
echo "@@ ask disc"
${until('[ "$(dd if=/dev/sr0 bs=2048 skip=16 count=1 2> /dev/null | grep -c SECOND)" = 1 ]')}
mount -t iso9660 -o ro /dev/sr0 /disc || echo "@@ failed second disc"
echo "@@ second $(cat /disc/readme.txt)"
umount /disc
echo "@@ ask disk"
${until('[ -e /dev/sdb ]')}
list more
dd if=/dev/sdb bs=65536 count=16 2> /dev/null | md5sum > /run/sum
read sum rest < /run/sum
echo "@@ added $sum"
echo "@@ ask unplug"
${until('[ ! -e /sys/block/sdb ]')}
list fewer
echo "@@ ask ide"
${until('[ -e /dev/sdb ]')}
list ide
for d in /sys/bus/vmbus/devices/*; do
  [ -e $d ] && read class < $d/class_id && echo "@@ late \${d##*/} $class"
done
for f in queue/discard_granularity queue/discard_max_bytes; do
  echo "@@ thin $f=$(cat /sys/block/sdb/$f)"
done
echo "@@ mode $(cat /sys/class/scsi_disk/*/provisioning_mode)"
blkdiscard -o 4194304 -l 3145728 /dev/sdb || echo "@@ failed blkdiscard"
dd if=/dev/sdb bs=1048576 count=1 skip=5 2> /dev/null | md5sum > /run/sum
read sum rest < /run/sum
echo "@@ discarded $sum"
sync
rmmod ${driver} || echo "@@ failed rmmod ${driver}"
insmod /modules/${driver}.ko || echo "@@ failed second insmod ${driver}"
${until('[ -e /dev/sdb ] && { [ -e /dev/sda1 ] || [ -e /dev/sdb1 ]; }')}
list again
for part in /dev/sd?1; do echo "@@ partition $part"; done # either disk may be the first now
mount -t ext2 -o ro $part /mnt && echo "@@ still $(md5sum < /mnt/random)"
umount /mnt
rmmod ${driver} || echo "@@ failed second rmmod ${driver}"`;
}
