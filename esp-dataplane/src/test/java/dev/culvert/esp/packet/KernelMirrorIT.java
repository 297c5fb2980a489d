package dev.culvert.esp.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.culvert.tun.Capabilities;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel's own super-packets, cut by us, are what the kernel's own receivers expect. */
@Tag("real")
class KernelMirrorIT {

    @Test
    void shouldReceiveWhatItSentWhenSuperPacketsAreCut() throws Exception {
        assumeThat(Capabilities.ofThisProcess().map(Capabilities::hasNetAdmin).orElse(false))
                .as("needs CAP_NET_ADMIN for a network namespace and a TUN device")
                .isTrue();
        // Java asks at its start whether there is IPv6: then an interface must be up already.
        final String start = "ip link set lo up && exec \"$@\"";
        final List<String> command =
                new ArrayList<>(List.of("unshare", "--net", "sh", "-c", start, "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        KernelMirrorMain.class.getName()));
        final Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        final String text =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        final List<String> lines = text.lines().toList();
        assertThat(lines.getFirst()).contains("TSO4", "TSO6");
        assertThat(lines).contains("tcp4 same cut", "tcp6 same cut");
        if (lines.getFirst().contains("USO")) {
            assertThat(lines).contains("udp4 same cut", "udp6 same cut");
        } else {
            assertThat(lines).contains("udp4 same NOT CUT", "udp6 same NOT CUT");
        }
    }
}
