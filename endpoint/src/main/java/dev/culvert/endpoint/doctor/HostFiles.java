package dev.culvert.endpoint.doctor;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the host says in files, below a root so that tests can have hosts of their own.
 *
 * @param root {@code /}
 * @param environment variables of the process, for the search path
 */
record HostFiles(Path root, Map<String, String> environment) {

    HostFiles {
        environment = Map.copyOf(environment);
    }

    /** Flags of the first CPU; empty where they cannot be read. */
    Set<String> cpuFlags() {
        try (Stream<String> lines = Files.lines(root.resolve("proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                    .findFirst()
                    .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split(" +")))
                    .orElse(Set.of());
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** Such as {@code tsc}. */
    Optional<String> clockSource() {
        return read("sys/devices/system/clocksource/clocksource0/current_clocksource");
    }

    /** {@code net.core.rmem_max}, in bytes; not visible in network namespaces before Linux 6.10. */
    Optional<Long> receiveBufferLimit() {
        return read("proc/sys/net/core/rmem_max")
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(Long::parseLong);
    }

    /** A setting below {@code /proc/sys/net}. */
    Optional<String> sysctl(String key) {
        return read("proc/sys/net/" + key);
    }

    /** Whether this process may change that setting. */
    boolean maySet(String key) {
        return Files.isWritable(root.resolve("proc/sys/net").resolve(key));
    }

    /** The first of these programs that is on the search path. */
    Optional<String> program(List<String> names) {
        String[] directories =
                environment.getOrDefault("PATH", "/usr/sbin:/usr/bin").split(":", -1);
        for (String name : names) {
            for (String directory : directories) {
                String relative =
                        directory.startsWith(File.separator) ? directory.substring(1) : "";
                if (Files.isExecutable(root.resolve(relative).resolve(name))) {
                    return Optional.of(name);
                }
            }
        }
        return Optional.empty();
    }

    /** Whether {@code /etc/resolv.conf} may be changed. */
    boolean mayChangeResolvConf() {
        return Files.isWritable(root.resolve("etc/resolv.conf"));
    }

    private Optional<String> read(String path) {
        try {
            return Optional.of(Files.readString(root.resolve(path)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
