package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Starts a JVM that lacks something, and reads what it says. */
@Tag("real")
class HostErrorsIT {
    private static final String NO_NET_ADMIN =
            "EPERM (operation not permitted): no CAP_NET_ADMIN: run as root or add --cap-add"
                    + " NET_ADMIN to the container";

    private TestNamespace namespace;

    @BeforeEach
    void enter() throws Exception {
        namespace = TestNamespace.create();
    }

    @AfterEach
    void leave() {
        if (namespace != null) {
            namespace.close();
        }
    }

    @Test
    void shouldSayWhatToAddWithoutCapability() throws Exception {
        String text =
                runJava(
                        "setpriv",
                        "--bounding-set",
                        "-net_admin,-net_raw,-net_bind_service",
                        "--inh-caps",
                        "-net_admin,-net_raw,-net_bind_service");

        assertThat(text)
                .contains("tun: ioctl(TUNSETIFF, culvert%d): " + NO_NET_ADMIN)
                .contains("mark: setsockopt(SO_MARK, 1): " + NO_NET_ADMIN)
                .contains("netlink: add address 127.0.0.2/8 on interface 1: " + NO_NET_ADMIN)
                .contains(
                        "bind: bind(UDP 127.0.0.1:500): EACCES (permission denied): ports below"
                                + " 1024 need CAP_NET_BIND_SERVICE (--cap-add NET_BIND_SERVICE)")
                .contains("Finding[name=CAP_NET_ADMIN, severity=FAULT")
                .contains("Finding[name=/dev/net/tun, severity=OK")
                .contains("Finding[name=UDP port 500, severity=WARNING")
                .contains("usable=false");
    }

    @Test
    void shouldSayWhatToAddWithoutDevice() throws Exception {
        String text =
                runJava(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs none /dev/net && exec \"$@\"",
                        "sh");

        assertThat(text)
                .contains(
                        "tun: open(/dev/net/tun): ENOENT (no such file, rule or entry): no"
                                + " /dev/net/tun: run the container with --device /dev/net/tun")
                .contains("mark: UdpSocket")
                .contains("bind: UdpSocket")
                .contains("Finding[name=CAP_NET_ADMIN, severity=OK")
                .contains("Finding[name=/dev/net/tun, severity=FAULT, detail=ENOENT")
                .contains("usable=false");
    }

    @Test
    void shouldFindNothingWrongWithAll() throws Exception {
        assertThat(runJava("env"))
                .contains("tun: TunDevice")
                .contains("mark: UdpSocket")
                .contains("bind: UdpSocket")
                .contains("netlink: RtNetlink")
                .contains("usable=true");
    }

    /** Runs {@link HostErrorsMain} behind a command that takes something away. */
    private String runJava(String... prefix) throws Exception {
        List<String> command = new ArrayList<>(List.of(prefix));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("culvert.jvm.flags").split(" ")));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(HostErrorsMain.class.getName());
        TestNamespace.Output output = namespace.tryRun(command);
        assertThat(output.exitCode()).as(output.text()).isZero();
        return output.text();
    }
}
