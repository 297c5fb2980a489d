package dev.culvert.tun;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads and writes network sysctls as files below {@code /proc/sys/net}. */
public final class Sysctl {
    private static final int MAX_VALUE_BYTES = 4096;

    private final Path root;

    private Sysctl(Path root) {
        this.root = root;
    }

    /** The host's sysctls (those of this network namespace). */
    public static Sysctl ofHost() {
        return new Sysctl(Path.of("/proc/sys/net"));
    }

    /** Sysctls below another directory, for tests. */
    static Sysctl below(Path root) {
        return new Sysctl(root);
    }

    /**
     * Reads a value.
     *
     * @param key path below {@code net}, such as {@code ipv6/conf/tun0/disable_ipv6}
     * @return the value without its line end; empty if there is no such key or it cannot be read
     */
    public Optional<String> read(String key) {
        try (InputStream in = Files.newInputStream(resolve(key))) {
            // One read: the kernel gives all of a sysctl to a read at offset 0 and nothing behind
            // it,
            // and since the file's length is 0, Files.readString begins with a read of one byte.
            byte[] bytes = new byte[MAX_VALUE_BYTES];
            int lengthBytes = Math.max(0, in.read(bytes));
            return Optional.of(new String(bytes, 0, lengthBytes, StandardCharsets.UTF_8).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Writes a value. Containers usually have {@code /proc/sys} read-only, so a refusal must be
     * survivable.
     *
     * @param key path below {@code net}
     * @return whether the key has that value now
     */
    public boolean write(String key, String value) {
        try {
            Files.writeString(resolve(key), value);
        } catch (IOException e) {
            return read(key).equals(Optional.of(value));
        }
        return true;
    }

    private Path resolve(String key) {
        Path file = root.resolve(key).normalize();
        if (!file.startsWith(root)) {
            throw new IllegalArgumentException("not a key below " + root + ": " + key);
        }
        return file;
    }
}
