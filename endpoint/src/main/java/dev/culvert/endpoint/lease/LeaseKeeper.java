package dev.culvert.endpoint.lease;

import dev.culvert.ike.lease.SavedLease;
import dev.culvert.ike.wire.Parsed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps leases in a file, written by a thread of its own: as a whole under another name first, so
 * that a crash leaves the one before. Readable for its owner alone, since it says who connects.
 */
public final class LeaseKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.ike");
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final long CLOSE_LIMIT_MS = 5_000;

    private final Optional<Path> file;
    private final AtomicReference<Optional<List<SavedLease>>> waiting =
            new AtomicReference<>(Optional.empty());
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("leases").factory());

    /** Belongs to the thread: one line about a full disk is enough. */
    private boolean failing;

    /**
     * @param file absolute; empty: leases are not kept
     */
    public LeaseKeeper(Optional<Path> file) {
        this.file = file;
    }

    /** The leases of the run before; none, with a line in the log, when they cannot be read. */
    public List<SavedLease> load() {
        return file.map(LeaseKeeper::read).orElse(List.of());
    }

    /** Writes leases in place of those before, and returns at once. */
    public void save(List<SavedLease> leases) {
        if (file.isPresent() && waiting.getAndSet(Optional.of(leases)).isEmpty()) {
            thread.execute(() -> write(file.get()));
        }
    }

    private static List<SavedLease> read(Path file) {
        Parsed<List<SavedLease>> parsed;
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LeaseFormat.MOST_BYTES + 1);
            parsed =
                    bytes.length > LeaseFormat.MOST_BYTES
                            ? Parsed.failed("it is longer than any that Culvert writes")
                            : LeaseFormat.read(bytes);
        } catch (java.nio.file.NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            parsed = Parsed.failed(e.toString());
        }
        return switch (parsed) {
            case Parsed.Ok<List<SavedLease>>(List<SavedLease> leases) -> {
                LOG.info("{} leases of virtual addresses from {}", leases.size(), file);
                yield leases;
            }
            case Parsed.Failed<List<SavedLease>>(String problem) -> {
                LOG.error(
                        "cannot use the leases in {}: {}; starting without leases, so clients may"
                                + " get other addresses than before; the file is replaced with the"
                                + " next lease",
                        file,
                        problem);
                yield List.of();
            }
        };
    }

    private void write(Path target) {
        List<SavedLease> leases = waiting.getAndSet(Optional.empty()).orElse(List.of());
        Path fresh = target.resolveSibling(target.getFileName() + ".new");
        try {
            Files.createDirectories(target.getParent());
            Files.deleteIfExists(fresh);
            try (FileChannel channel =
                    FileChannel.open(
                            fresh,
                            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            OWNER_ONLY)) {
                ByteBuffer bytes = ByteBuffer.wrap(LeaseFormat.write(leases));
                while (bytes.hasRemaining()) {
                    int ignored = channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn(
                        "cannot write leases to {}: {}; they are lost if the daemon ends; set"
                                + " culvert.lease_file to a file that it may write, or to no",
                        target,
                        e.toString());
            }
            failing = true;
        }
    }

    /** Waits a little for what is being written. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("the leases could not be written in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
