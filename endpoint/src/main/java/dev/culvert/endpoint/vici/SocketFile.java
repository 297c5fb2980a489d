package dev.culvert.endpoint.vici;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a listening socket. A lock on a file next to it, held as long as the process lives,
 * keeps two daemons apart; what a daemon that was killed left behind is replaced. The lock's file
 * stays: removing it would let a third daemon lock another file of the same name.
 */
final class SocketFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("culvert.vici");

    /** sizeof(sockaddr_un.sun_path) without the final zero. */
    private static final int LONGEST_PATH_BYTES = 107;

    private static final String TEMPORARY_PREFIX = ".culvert-";
    private static final Set<PosixFilePermission> OWNER_ONLY =
            PosixFilePermissions.fromString("rw-------");
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path path;
    private final FileChannel lockChannel;

    private SocketFile(Path path, FileChannel lockChannel) {
        this.path = path;
        this.lockChannel = lockChannel;
    }

    Path path() {
        return path;
    }

    /** Makes sure that nobody else listens there, and keeps it so. */
    static SocketFile claim(Path socket) throws IOException {
        Path path = socket.toAbsolutePath().normalize();
        int lengthBytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (lengthBytes > LONGEST_PATH_BYTES) {
            throw new IOException(
                    "the path of the control socket, "
                            + path
                            + ", has "
                            + lengthBytes
                            + " bytes; the kernel takes at most "
                            + LONGEST_PATH_BYTES
                            + ", so choose a shorter --run-dir");
        }
        Path directory = path.getParent();
        try {
            Files.createDirectories(directory, PRIVATE_DIRECTORY);
        } catch (FileAlreadyExistsException e) {
            throw new IOException(directory + " is not a directory; choose another --run-dir", e);
        } catch (IOException e) {
            throw new IOException(
                    "cannot make the directory "
                            + directory
                            + " for the control socket; choose one that can be written with"
                            + " --run-dir",
                    e);
        }
        SocketFile file = lock(path);
        try {
            file.requireNotAlive();
        } catch (IOException e) {
            file.close();
            throw e;
        }
        return file;
    }

    /** Listens; the socket appears under its name only when nobody but this user may connect. */
    ServerSocketChannel bind() throws IOException {
        Path directory = path.getParent();
        Path temporary = Files.createTempDirectory(directory, TEMPORARY_PREFIX, PRIVATE_DIRECTORY);
        Path unnamed = temporary.resolve("s");
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(unnamed));
            Files.setPosixFilePermissions(unnamed, OWNER_ONLY);
            Files.move(unnamed, path, StandardCopyOption.ATOMIC_MOVE);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw new IOException("cannot listen at " + path + ": " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(unnamed);
            Files.deleteIfExists(temporary);
        }
    }

    @Override
    public void close() {
        try {
            if (isSocket(path)) {
                Files.deleteIfExists(path);
            }
            lockChannel.close();
        } catch (IOException e) {
            LOG.debug("removing {}: {}", path, e.getMessage());
        }
    }

    private static SocketFile lock(Path path) throws IOException {
        Path lockPath = path.resolveSibling(path.getFileName() + ".lock");
        FileChannel channel;
        try {
            channel =
                    FileChannel.open(
                            lockPath,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        } catch (IOException e) {
            throw new IOException(
                    "cannot write to "
                            + path.getParent()
                            + "; choose another directory with --run-dir",
                    e);
        }
        if (!tryLock(channel)) {
            channel.close();
            throw inUse(path);
        }
        return new SocketFile(path, channel);
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private void requireNotAlive() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!isSocket(path)) {
            throw new IOException(
                    path
                            + " is in the way and is not a socket; remove it or choose another --run-dir");
        }
        boolean alive = true;
        try (ViciChannel _ = ViciChannel.connect(path)) {
            LOG.debug("{} is alive", path);
        } catch (IOException e) {
            alive = false;
        }
        if (alive) {
            throw inUse(path);
        }
    }

    private static IOException inUse(Path path) {
        return new IOException(
                "another culvert runs with this run directory ("
                        + path
                        + "); stop it, or choose another directory with --run-dir");
    }

    private static boolean isSocket(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && !Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && !Files.isSymbolicLink(path);
    }
}
