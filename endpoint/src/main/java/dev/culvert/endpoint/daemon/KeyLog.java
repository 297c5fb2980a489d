package dev.culvert.endpoint.daemon;

import dev.culvert.ike.EngineEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wireshark's key files {@code ikev2_decryption_table} and {@code esp_sa}: with them, whoever has a
 * capture can read it. For debugging only; readable for their owner alone.
 */
final class KeyLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.dmn");
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");

    private final Map<EngineEvent.KeyFile, FileChannel> files;

    private KeyLog(Map<EngineEvent.KeyFile, FileChannel> files) {
        this.files = files;
    }

    /**
     * Opens, or creates, both files; lines are added at their end.
     *
     * @param directory created if missing, for its owner alone
     * @throws IOException if that is not possible
     */
    static KeyLog open(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
        Map<EngineEvent.KeyFile, FileChannel> files = new EnumMap<>(EngineEvent.KeyFile.class);
        KeyLog log = new KeyLog(files);
        boolean opened = false;
        try {
            for (EngineEvent.KeyFile kind : EngineEvent.KeyFile.values()) {
                Path file = directory.resolve(fileName(kind));
                files.put(
                        kind,
                        FileChannel.open(
                                file,
                                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                                PosixFilePermissions.asFileAttribute(OWNER_ONLY)));
                // It may have been there already, with other permissions.
                Files.setPosixFilePermissions(file, OWNER_ONLY);
            }
            opened = true;
            return log;
        } finally {
            if (!opened) {
                log.close();
            }
        }
    }

    /** Wireshark's name of a file. */
    static String fileName(EngineEvent.KeyFile kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /** Adds the keys of an event that has some. */
    void accept(EngineEvent event) {
        if (event instanceof EngineEvent.KeyMaterial keys) {
            ByteBuffer line =
                    ByteBuffer.wrap((keys.line() + "\n").getBytes(StandardCharsets.US_ASCII));
            try {
                FileChannel file = files.get(keys.kind());
                while (line.hasRemaining()) {
                    int ignored = file.write(line);
                }
            } catch (IOException e) {
                LOG.warn("cannot write {}: {}", fileName(keys.kind()), e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        for (FileChannel file : files.values()) {
            try {
                file.close();
            } catch (IOException e) {
                LOG.warn("cannot close a key file: {}", e.getMessage());
            }
        }
    }
}
