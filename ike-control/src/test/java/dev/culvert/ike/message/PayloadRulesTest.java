package dev.culvert.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ike.id.Identity;
import dev.culvert.ike.proposal.KeyExchangeMethod;
import dev.culvert.ike.proposal.ProposalParser;
import dev.culvert.ike.wire.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

class PayloadRulesTest {
    private static final Payload SA = new Payload.Sa(ProposalParser.defaultIke());
    private static final Payload KE =
            new Payload.Ke(KeyExchangeMethod.CURVE_25519, Bytes.ofHex("11".repeat(32)));
    private static final Payload NONCE = new Payload.Nonce(Bytes.ofHex("22".repeat(16)));
    private static final Payload ID = new Payload.IdI(new Identity.Fqdn("a.example.org"));

    @Test
    void shouldAcceptWhatAnExchangeNeeds() {
        assertThat(PayloadRules.check(ExchangeType.IKE_SA_INIT, false, List.of(SA, KE, NONCE)))
                .isEmpty();
        assertThat(PayloadRules.check(ExchangeType.CREATE_CHILD_SA, false, List.of(SA, NONCE)))
                .isEmpty();
        assertThat(PayloadRules.check(ExchangeType.INFORMATIONAL, false, List.of())).isEmpty();
    }

    @Test
    void shouldNameWhatIsMissing() {
        assertThat(PayloadRules.check(ExchangeType.IKE_SA_INIT, false, List.of(SA, KE)))
                .containsExactly(new PayloadRules.Violation(40, 1, 1, 0))
                .first()
                .hasToString("0 No payloads; expected exactly 1");
    }

    @Test
    void shouldNameWhatIsTooMuchOrDoesNotBelong() {
        assertThat(
                        PayloadRules.check(
                                ExchangeType.IKE_SA_INIT, false, List.of(SA, SA, KE, NONCE, ID)))
                .containsExactly(
                        new PayloadRules.Violation(33, 1, 1, 2),
                        new PayloadRules.Violation(35, 0, 0, 1))
                .last()
                .hasToString("1 IDi payloads; expected none is allowed here");
        assertThat(PayloadRules.check(ExchangeType.IKE_AUTH, true, List.of(ID))).hasSize(1);
        assertThat(PayloadRules.check(ExchangeType.INFORMATIONAL, false, List.of(SA))).hasSize(1);
    }

    @Test
    void shouldAskRefusalsForNothing() {
        Payload refusal = Payload.Notify.of(NotifyType.NO_PROPOSAL_CHOSEN);
        Payload cookie = Payload.Notify.of(NotifyType.COOKIE);
        assertThat(PayloadRules.check(ExchangeType.IKE_SA_INIT, true, List.of(refusal))).isEmpty();
        assertThat(PayloadRules.check(ExchangeType.IKE_SA_INIT, true, List.of(cookie))).isEmpty();
        assertThat(PayloadRules.check(ExchangeType.CREATE_CHILD_SA, true, List.of(refusal)))
                .isEmpty();
        // A request is never a refusal, and a cookie is none after IKE_SA_INIT.
        assertThat(PayloadRules.check(ExchangeType.IKE_SA_INIT, false, List.of(refusal)))
                .hasSize(3);
        assertThat(PayloadRules.check(ExchangeType.CREATE_CHILD_SA, true, List.of(cookie)))
                .hasSize(2);
        assertThat(PayloadRules.check(ExchangeType.IKE_SA_INIT, true, List.of(refusal, ID)))
                .hasSize(1);
    }

    @Test
    void shouldIgnoreUnknownPayloads() {
        Payload unknown = new Payload.Unknown(200, Bytes.EMPTY);
        assertThat(PayloadRules.check(ExchangeType.INFORMATIONAL, false, List.of(unknown, unknown)))
                .isEmpty();
    }
}
