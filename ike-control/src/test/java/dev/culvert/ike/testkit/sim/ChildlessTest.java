package dev.culvert.ike.testkit.sim;

import static dev.culvert.ike.testkit.sim.SimConfigs.secret;
import static dev.culvert.ike.testkit.sim.SimPair.SECOND;
import static dev.culvert.ike.testkit.sim.SimPair.moonChild;
import static dev.culvert.ike.testkit.sim.SimPair.moonConnection;
import static dev.culvert.ike.testkit.sim.SimPair.sunChild;
import static dev.culvert.ike.testkit.sim.SimPair.sunConnection;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.config.ConnectionConfig.Childless;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** IKE SAs without a child SA in IKE_AUTH (RFC 6023). */
class ChildlessTest {
    // moon                                 sun
    //   IKE_SA_INIT                    -->
    //                                  <-- IKE_SA_INIT [ .. N(CHILDLESS_IKEV2_SUPPORTED) ]
    //   IKE_AUTH [ IDi AUTH ]          -->
    //                                  <-- IKE_AUTH [ IDr AUTH ]
    //   CREATE_CHILD_SA [ SA No TSi TSr ] -->
    @ParameterizedTest
    @CsvSource({"PREFER,ALLOW", "FORCE,ALLOW", "FORCE,FORCE", "PREFER,FORCE"})
    void shouldSetUpTheChildAfterwardsWhenBothAllowIt(Childless ofMoon, Childless ofSun) {
        SimPair pair = pair(ofMoon, ofSun);
        pair.network().capture();
        pair.up("web");
        assertThat(pair.network().captured())
                .extracting(SimPacket::kind)
                .contains("CREATE_CHILD_SA request 2");
    }

    @ParameterizedTest
    @CsvSource({"ALLOW,ALLOW", "PREFER,NEVER", "NEVER,NEVER", "NEVER,PREFER"})
    void shouldBringTheChildAlongWhenOneSideWantsIt(Childless ofMoon, Childless ofSun) {
        SimPair pair = pair(ofMoon, ofSun);
        pair.network().capture();
        pair.up("web");
        assertThat(pair.network().captured())
                .extracting(SimPacket::kind)
                .doesNotContain("CREATE_CHILD_SA request 2");
    }

    @Test
    void shouldGiveUpWhenThePeerCannotAndItIsForced() {
        SimPair pair = pair(Childless.FORCE, Childless.NEVER);
        long command = pair.moon().initiate("net", "web");
        pair.network().await("end", () -> pair.moon().isDone(command), 60 * SECOND);
        assertThat(pair.moon().errorOf(command).orElseThrow()).contains("childless");
        assertThat(pair.sun().established()).isEmpty();
    }

    @Test
    void shouldRefuseAChildAtOnceWhenItIsForced() {
        SimPair pair = pair(Childless.NEVER, Childless.FORCE);
        long command = pair.moon().initiate("net", "web");
        pair.network().await("end", () -> pair.moon().isDone(command), 60 * SECOND);
        assertThat(pair.moon().errorOf(command).orElseThrow()).contains("INVALID_SYNTAX");
        assertThat(pair.sun().established()).isEmpty();
    }

    private static SimPair pair(Childless ofMoon, Childless ofSun) {
        SimPair pair = new SimPair(1, Weather.FAIR);
        pair.sun()
                .configure(
                        sunConnection()
                                .childless(ofSun)
                                .child(sunChild("web").build())
                                .with(secret("x")));
        pair.moon()
                .configure(
                        moonConnection()
                                .childless(ofMoon)
                                .child(moonChild("web").build())
                                .with(secret("x")));
        return pair;
    }
}
