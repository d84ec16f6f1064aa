// SPDX-License-Identifier: BSD-2-Clause
package dev.faultline.devices.telnet;

import static dev.faultline.devices.telnet.TelnetOption.Answer.NO;
import static dev.faultline.devices.telnet.TelnetOption.Answer.NOTHING;
import static dev.faultline.devices.telnet.TelnetOption.Answer.YES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RFC 1143: every state, and that two peers come to rest. */
final class TelnetOptionTest {
  private final TelnetOption option = new TelnetOption(true);

  @Test
  void aWelcomeOfferIsAcceptedOnce() {
    assertThat(option.heardYes()).isEqualTo(YES);
    assertThat(option.heardYes()).isEqualTo(NOTHING);
    assertThat(option.isOn()).isTrue();
  }

  @Test
  void anUnwelcomeOfferIsRefused() {
    TelnetOption refused = new TelnetOption(false);

    assertThat(refused.heardYes()).isEqualTo(NO);
    assertThat(refused.heardNo()).isEqualTo(NOTHING);
    assertThat(refused.isOn()).isFalse();
  }

  @Test
  void theAnswerToOurRequestIsNotAnswered() {
    assertThat(option.ask()).isEqualTo(YES);
    assertThat(option.ask()).isEqualTo(NOTHING);
    assertThat(option.heardYes()).isEqualTo(NOTHING);
    assertThat(option.isOn()).isTrue();

    assertThat(option.refuse()).isEqualTo(NO);
    assertThat(option.isOn()).isFalse();
    assertThat(option.heardNo()).isEqualTo(NOTHING);
  }

  @Test
  void aRefusalIsTaken() {
    option.ask();

    assertThat(option.heardNo()).isEqualTo(NOTHING);
    assertThat(option.isOn()).isFalse();
  }

  @Test
  void thePeerMaySwitchOff() {
    option.heardYes();

    assertThat(option.heardNo()).isEqualTo(NO);
    assertThat(option.isOn()).isFalse();
  }

  @Test
  void aChangeOfMindWaitsForTheAnswer() {
    option.ask();
    assertThat(option.refuse()).isEqualTo(NOTHING);
    assertThat(option.heardYes()).isEqualTo(NO);
    assertThat(option.ask()).isEqualTo(NOTHING);
    assertThat(option.heardNo()).isEqualTo(YES);
    assertThat(option.heardYes()).isEqualTo(NOTHING);
    assertThat(option.isOn()).isTrue();
  }

  @Test
  void twoPeersComeToRestAndAgreeWhateverTheyAskFor() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      TelnetOption[] peers = {
        new TelnetOption(random.nextBoolean()), new TelnetOption(random.nextBoolean())
      };
      @SuppressWarnings({"unchecked", "rawtypes"})
      ArrayDeque<TelnetOption.Answer>[] wires =
          new ArrayDeque[] {new ArrayDeque<>(), new ArrayDeque<>()};
      int requests = 10;
      int messages = 0;
      while (requests > 0 || !wires[0].isEmpty() || !wires[1].isEmpty()) {
        int side = random.nextInt(2);
        TelnetOption.Answer said = NOTHING;
        if (requests > 0 && random.nextInt(3) == 0) {
          requests--;
          said = random.nextBoolean() ? peers[side].ask() : peers[side].refuse();
        } else if (!wires[side].isEmpty()) {
          said = wires[side].poll() == YES ? peers[side].heardYes() : peers[side].heardNo();
        }
        if (said != NOTHING) {
          wires[1 - side].add(said);
          messages++;
        }
        assertThat(messages).as("seed %d", seed).isLessThan(100);
      }

      assertThat(peers[0].isOn()).as("seed %d", seed).isEqualTo(peers[1].isOn());
    }
  }
}
