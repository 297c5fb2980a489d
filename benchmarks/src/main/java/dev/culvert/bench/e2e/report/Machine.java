package dev.culvert.bench.e2e.report;

import dev.culvert.bench.e2e.lab.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a reader needs to know about the machine. */
public final class Machine {
    private static final Set<String> FLAGS_OF_NOTE =
            Set.of("aes", "pclmulqdq", "avx2", "avx512f", "vaes", "vpclmulqdq", "gfni", "sha_ni");

    private Machine() {}

    /**
     * Describes this machine.
     *
     * @param commit of Culvert
     * @param arguments of the bench
     */
    public static Map<String, String> describe(String commit, List<String> arguments) {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        machine.put(
                "command", String.join(" ", "scripts/bench", String.join(" ", arguments)).strip());
        machine.put("commit", commit);
        machine.put("cpu", cpu("model name"));
        machine.put(
                "cpu_family_model", cpu("cpu family") + "/" + cpu("model") + "/" + cpu("stepping"));
        machine.put("cpu_mhz", cpu("cpu MHz"));
        machine.put(
                "cpu_flags",
                Arrays.stream(cpu("flags").split(" ", -1))
                        .filter(FLAGS_OF_NOTE::contains)
                        .collect(Collectors.joining(" ")));
        machine.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        machine.put("memory_mb", memory());
        machine.put("kernel", Commands.run("uname", "-srv"));
        machine.put("system", system());
        machine.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        machine.put("iperf3", firstLine(List.of("iperf3", "--version")));
        machine.put("iproute2", firstLine(List.of("ip", "-V")));
        return machine;
    }

    private static String cpu(String key) {
        return line("/proc/cpuinfo", key).replaceFirst("^[^:]*:\\s*", "");
    }

    private static String memory() {
        long kibibytes = Long.parseLong(line("/proc/meminfo", "MemTotal").replaceAll("\\D", ""));
        return String.valueOf(kibibytes * 1024 / 1_000_000);
    }

    private static String system() {
        return line("/etc/os-release", "PRETTY_NAME").replaceFirst("^[^=]*=", "").replace("\"", "");
    }

    private static String line(String file, String start) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.matches("\\Q" + start + "\\E\\s*[:=].*"))
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String firstLine(List<String> command) {
        return Commands.tryRun(command).output().lines().findFirst().orElse("unknown");
    }
}
