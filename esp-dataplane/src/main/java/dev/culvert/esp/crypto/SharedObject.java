package dev.culvert.esp.crypto;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A look at a shared library's file before the dynamic linker maps it. The linker trusts the file's
 * headers: where they name bytes beyond the end of a file that was cut off, the process gets a
 * SIGBUS, which nothing in it can catch.
 *
 * <p>Of the ELF header (ELF-64 Object File Format, version 1.5, figure 2) and of each program
 * header (figure 6), at these offsets:
 *
 * <pre>
 *   0  7F 'E' 'L' 'F' 2 1 (64 bits, least significant byte first)
 *  16  type (2): 3 for a shared library | machine (2): 62 for x86-64
 *  32  program headers: offset (8)          40  section headers: offset (8)
 *  54  program headers: size (2) | number (2)
 *  58  section headers: size (2) | number (2)
 *
 *   0  type (4): 1 for what is to be loaded
 *   8  offset in the file (8)               32  length in the file (8)
 * </pre>
 */
final class SharedObject {

    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int MAGIC = 0x464C457F;
    private static final int CLASS_64_LITTLE_ENDIAN = 0x0102;
    private static final int TYPE_SHARED = 3;
    private static final int MACHINE_X86_64 = 62;
    private static final int LOAD = 1;

    private SharedObject() {}

    /**
     * What is wrong with a library's file.
     *
     * @param file for x86-64
     * @return empty when nothing is to be seen
     */
    static Optional<String> failure(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            final ByteBuffer header = read(channel, 0, HEADER_BYTES);
            if (header.remaining() < HEADER_BYTES || header.getInt(0) != MAGIC) {
                return Optional.of("is no shared library");
            }
            if (header.getShort(4) != CLASS_64_LITTLE_ENDIAN
                    || header.getShort(16) != TYPE_SHARED
                    || header.getShort(18) != MACHINE_X86_64) {
                return Optional.of("is no shared library for x86-64");
            }
            final long needed = neededBytes(channel, header);
            return channel.size() < needed
                    ? Optional.of(
                            "is cut off: it has "
                                    + channel.size()
                                    + " bytes of at least "
                                    + needed
                                    + "; install its package again")
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of("cannot be read: " + e.getMessage());
        }
    }

    private static long neededBytes(FileChannel channel, ByteBuffer header) throws IOException {
        final long programHeaders = header.getLong(32);
        final int entryBytes = Short.toUnsignedInt(header.getShort(54));
        final int entries = Short.toUnsignedInt(header.getShort(56));
        long needed =
                Math.max(
                        programHeaders + (long) entryBytes * entries,
                        header.getLong(40)
                                + (long) Short.toUnsignedInt(header.getShort(58))
                                        * Short.toUnsignedInt(header.getShort(60)));
        for (int i = 0; i < entries; i++) {
            final ByteBuffer entry =
                    read(channel, programHeaders + (long) i * entryBytes, PROGRAM_HEADER_BYTES);
            if (entry.remaining() < PROGRAM_HEADER_BYTES) {
                break;
            }
            if (entry.getInt(0) == LOAD) {
                needed = Math.max(needed, entry.getLong(8) + entry.getLong(32));
            }
        }
        return needed;
    }

    private static ByteBuffer read(FileChannel channel, long position, int bytes)
            throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long at = Math.max(0, position);
        while (buffer.hasRemaining()) {
            final int count = channel.read(buffer, at);
            if (count < 0) {
                break;
            }
            at += count;
        }
        return buffer.flip();
    }
}
