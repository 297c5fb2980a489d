package dev.culvert.endpoint.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.esp.EspSuite;
import dev.culvert.tun.AddressFamily;
import java.util.List;
import org.junit.jupiter.api.Test;

class TunnelMtuTest {
    private static final EspSuite GCM = EspSuite.aead(EspSuite.Encryption.AES_GCM_16_256);
    private static final EspSuite CBC =
            EspSuite.of(EspSuite.Encryption.AES_CBC_256, EspSuite.Integrity.HMAC_SHA2_256_128);

    @Test
    void shouldSubtractHeadersIvTagAndTrailerForAead() {
        // 1500 - 20 IPv4 - 8 UDP - 8 ESP - 8 IV - 16 tag = 1440, a multiple of 4, less the trailer.
        assertThat(TunnelMtu.innerBytes(1500, AddressFamily.IPV4, GCM)).isEqualTo(1438);
        assertThat(TunnelMtu.innerBytes(1500, AddressFamily.IPV6, GCM)).isEqualTo(1418);
    }

    @Test
    void shouldRoundDownToBlocksForCbc() {
        // 1500 - 20 - 8 - 8 - 16 IV - 16 ICV = 1432; 89 blocks of 16 are 1424, less the trailer.
        assertThat(TunnelMtu.innerBytes(1500, AddressFamily.IPV4, CBC)).isEqualTo(1422);
    }

    @Test
    void shouldTakeTheLargestSaForTheInterfaceAndKeepRoomForIpv6() {
        assertThat(TunnelMtu.interfaceBytes(List.of(1438, 1200, 1418))).hasValue(1438);
        assertThat(TunnelMtu.interfaceBytes(List.of(1000))).hasValue(1280);
        assertThat(TunnelMtu.interfaceBytes(List.of())).isEmpty();
    }
}
