package dev.culvert.bench.e2e.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShareTest {
    @Test
    void shouldTellTheSystemCallFromTheFramesBelow() {
        assertThat(Share.of(kernel("rep_movs_alternative", "udp_sendmsg", "__sys_sendmmsg")))
                .isEqualTo(Share.UDP_SEND);
        assertThat(Share.of(kernel("tun_do_read", "vfs_read", "ksys_read")))
                .isEqualTo(Share.TUN_READ);
        assertThat(Share.of(kernel("tun_get_user", "vfs_writev", "do_writev")))
                .isEqualTo(Share.TUN_WRITE);
        assertThat(Share.of(kernel("schedule"))).isEqualTo(Share.OTHER_KERNEL);
    }

    @Test
    void shouldCountTheReceivingHalfApartWhenItRunsInsideASend() {
        assertThat(Share.of(kernel("tun_net_xmit", "net_rx_action", "__sys_sendmmsg")))
                .isEqualTo(Share.SOFTIRQ);
    }

    @Test
    void shouldTellTheCipherFromOtherCode() {
        assertThat(Share.of(user("aes_gcm_enc_128_vaes_avx512", "libIPSec_MB.so.1")))
                .isEqualTo(Share.AEAD);
        assertThat(Share.of(user("int dev.culvert.esp.packet.Checksum.sum(int)", "perf-1.map")))
                .isEqualTo(Share.CHECKSUM);
        assertThat(Share.of(user("void dev.culvert.esp.agent.X.run()", "perf-1.map")))
                .isEqualTo(Share.JAVA);
        assertThat(Share.of(user("sendmmsg", "libc.so.6"))).isEqualTo(Share.CALLS);
    }

    private static Stack kernel(String... functions) {
        return new Stack(
                1,
                "esp-outbound",
                Arrays.stream(functions)
                        .map(function -> new Stack.Frame(function, "[kernel.kallsyms]"))
                        .toList());
    }

    private static Stack user(String function, String file) {
        return new Stack(1, "esp-outbound", List.of(new Stack.Frame(function, file)));
    }
}
