package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CABINET_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_LINKS;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;
import static io.isotherm.core.IncidentKind.LINK_DEGRADED;
import static io.isotherm.core.IncidentKind.LINK_DOWN;
import static io.isotherm.core.IncidentKind.LINK_FLAP;
import static io.isotherm.core.IncidentKind.LINK_NARROW;
import static io.isotherm.core.IncidentKind.PLANE_FAULT;
import static io.isotherm.core.IncidentKind.POD_SILENT;
import static io.isotherm.core.IncidentKind.SWITCH_FAULT;

import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds links that are down, have too many errors, have lost lanes or go up and down, and what they
 * have in common.
 *
 * <p>Statistic: the state of a port at its newest reading; its checksum errors and retries a second
 * between readings ({@code linkErrorsPerSecond}; NVSentinel: more than 10 is degraded); its trained
 * speed, if it is below {@code linkNarrowPermille} of the nominal one (if most ports of the pod
 * are, the nominal speed is not theirs); the times of its last three falls that nothing else
 * explains, which make a flap if they lie within {@code flapWithinMinutes}, until {@code
 * flapHoldMinutes} after the last and while the link is down. A link that is sick because a chip at
 * its end is gone belongs to that chip. A switch is at fault if at least three and half of its
 * ports that are known are sick, a plane, or the switches of one board or cabinet, if at least two
 * and half of its switches are, a chip's side of its links if at least three and a third of its
 * ports are sick that no switch explains. A fault that is open goes on explaining the links that
 * are not back yet.
 */
final class LinkFindings {
  /** Sick links from which a part that they share is asked for. */
  private static final int FEWEST_LINKS = 3;

  private final Judgement judgement;
  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final IncidentLedger ledger;
  private final byte[] boardStatus;
  private final SortedMap<Long, Candidate> candidates;
  private boolean[] suspect = {};

  /** Ports that are sick in this window, in order. */
  private int[] sick = new int[16];

  private int sickPorts;

  /** Of each port of a chip: its group. */
  private final int[] groupOfPort;

  /** Of each group: ports that are up in this window. */
  private final int[] seen;

  /** Of each group: ports that are up and narrow in this window. */
  private final int[] narrow;

  /** The ports of a board of which all are up and well, as they nearly always are. */
  private final byte[] allUp;

  private short[] sickOfChip = {};

  LinkFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    settings = judgement.settings;
    state = judgement.state;
    ledger = judgement.ledger;
    boardStatus = judgement.boardStatus;
    candidates = judgement.candidates;
    allUp = new byte[layout.chipsPerBoard() * layout.portsPerChip()];
    Arrays.fill(allUp, PodState.PORT_UP);
    groupOfPort = new int[layout.portsPerChip()];
    for (int g = 0; g < layout.portGroups().size(); g++) {
      PortGroup group = layout.portGroups().get(g);
      Arrays.fill(groupOfPort, group.firstPort(), group.firstPort() + group.ports(), g);
    }
    seen = new int[layout.portGroups().size()];
    narrow = new int[seen.length];
  }

  /** Lets go of what was made for the window that was judged. */
  void end() {
    suspect = new boolean[0];
    sickOfChip = new short[0];
  }

  /** Whether a link of the chip, or its side of them, is sick without a reason elsewhere. */
  boolean suspect(int chip) {
    return suspect[chip];
  }

  /** Tells the ports that are sick in this window, in order. */
  void sick(IntConsumer port) {
    for (int i = 0; i < sickPorts; i++) {
      port.accept(sick[i]);
    }
  }

  /** Makes the findings of this window and counts the ports: up, down, degraded, unknown. */
  int[] find() {
    int[] counts = new int[4];
    suspect = new boolean[layout.chips()];
    sickPorts = 0;
    Arrays.fill(seen, 0);
    Arrays.fill(narrow, 0);
    int wellBoards = 0;
    for (int board = 0; board < layout.boards(); board++) {
      int from = board * allUp.length;
      if (!judgement.linksKnown(board)) {
        counts[3] += allUp.length;
      } else if (Arrays.equals(state.port, from, from + allUp.length, allUp, 0, allUp.length)) {
        counts[0] += allUp.length;
        wellBoards++;
      } else {
        count(from, counts);
      }
    }
    for (int g = 0; g < seen.length; g++) {
      seen[g] += wellBoards * layout.chipsPerBoard() * layout.portGroups().get(g).ports();
    }
    leaveOutNarrow(counts);
    fabric();
    flaps();
    for (int i = 0; i < sickPorts; i++) {
      if ((state.port[sick[i]] & PodState.PORT_STATE) == PodState.PORT_DOWN) {
        sickLink(sick[i], LINK_DOWN);
      }
    }
    // After those that are down, as a link that is down at one end has nothing else at the other.
    for (int i = 0; i < sickPorts; i++) {
      if ((state.port[sick[i]] & PodState.PORT_NARROW) != 0 && !nominalIsWrong(sick[i])) {
        sickLink(sick[i], LINK_NARROW);
      }
    }
    for (int i = 0; i < sickPorts; i++) {
      if ((state.port[sick[i]] & PodState.PORT_DEGRADED) != 0) {
        sickLink(sick[i], LINK_DEGRADED);
      }
    }
    return counts;
  }

  /** Counts the ports of a board, and remembers those that are not well. */
  private void count(int from, int[] counts) {
    for (int p = from; p < from + allUp.length; p++) {
      byte bits = state.port[p];
      switch (bits & PodState.PORT_STATE) {
        case PodState.PORT_UP -> {
          seen[groupOf(p)]++;
          narrow[groupOf(p)] += (bits & PodState.PORT_NARROW) != 0 ? 1 : 0;
          if ((bits & (PodState.PORT_DEGRADED | PodState.PORT_NARROW)) != 0) {
            counts[2]++;
            remember(p);
          } else {
            counts[0]++;
          }
        }
        case PodState.PORT_DOWN -> {
          counts[1]++;
          remember(p);
        }
        default -> {
          // Whether it is up was not told, but its errors were.
          if ((bits & PodState.PORT_DEGRADED) != 0) {
            counts[2]++;
            remember(p);
          } else {
            counts[3]++;
          }
        }
      }
    }
  }

  private int groupOf(int port) {
    return groupOfPort[port % groupOfPort.length];
  }

  /** Whether most ports that are wired like this one are slower than the topology says. */
  private boolean nominalIsWrong(int port) {
    int g = groupOf(port);
    return narrow[g] * 2 > seen[g];
  }

  /**
   * Ports that run at another speed than the topology says are not sick if they are the rule. What
   * was read of them stays: boards are read in turn, and those read next are asked against all.
   */
  private void leaveOutNarrow(int[] counts) {
    int kept = 0;
    for (int i = 0; i < sickPorts; i++) {
      if ((state.port[sick[i]] & (PodState.PORT_NARROW | PodState.PORT_DEGRADED))
              == PodState.PORT_NARROW
          && nominalIsWrong(sick[i])) {
        counts[2]--;
        counts[0]++;
      } else {
        sick[kept++] = sick[i];
      }
    }
    sickPorts = kept;
  }

  private void remember(int port) {
    if (sickPorts == sick.length) {
      sick = Arrays.copyOf(sick, 2 * sick.length);
    }
    sick[sickPorts++] = port;
  }

  /** Makes the findings of switches, planes and chips with many sick links. */
  private void fabric() {
    if (sickPorts < FEWEST_LINKS) {
      return;
    }
    int[] sickOfSwitch = new int[layout.switches()];
    sickOfChip = new short[layout.chips()];
    int most = 0;
    for (int i = 0; i < sickPorts; i++) {
      int s = layout.switchOfPort(sick[i]);
      if (s != PodLayout.NO_SWITCH && coverOf(layout.chipOfPort(sick[i])) == null) {
        most = Math.max(most, ++sickOfSwitch[s]);
      }
    }
    if (most >= FEWEST_LINKS) {
      switches(sickOfSwitch);
    }
    for (int i = 0; i < sickPorts; i++) {
      int chip = layout.chipOfPort(sick[i]);
      // A network card beside the chip is none of its links.
      if (layout.portGroup(sick[i]).ofChip()
          && ofFabric(sick[i]) == null
          && coverOf(chip) == null
          && peerCover(sick[i]) == null) {
        sickOfChip[chip]++;
      }
    }
    int ownPorts = layout.ownPortsPerChip();
    for (int chip = 0; chip < sickOfChip.length; chip++) {
      int n = sickOfChip[chip];
      if (n >= FEWEST_LINKS && n * 3 >= ownPorts) {
        Candidate c = judgement.candidate(CHIP_LINKS, chip, layout.chipPath(chip));
        c.chipsAffected = 1;
        c.critical = judgement.jobs().synchronous(layout.boardOfChip(chip));
        c.evidence(judgement.evidence("chip_links", c.path, n, ownPorts, "links"));
        suspect[chip] = true;
      }
    }
  }

  private void switches(int[] sickOfSwitch) {
    int[] knownOfSwitch = new int[layout.switches()];
    for (int p = 0; p < state.port.length; p++) {
      int s = layout.switchOfPort(p);
      if (s != PodLayout.NO_SWITCH
          && (state.port[p] & (PodState.PORT_STATE | PodState.PORT_STATELESS)) != 0) {
        knownOfSwitch[s] += judgement.linksKnown(layout.boardOfChip(layout.chipOfPort(p))) ? 1 : 0;
      }
    }
    int[] sickOfSet = new int[layout.switchSets()];
    for (int s = 0; s < sickOfSwitch.length; s++) {
      int n = sickOfSwitch[s];
      int parts = ledger.isOpen(SWITCH_FAULT, s) ? 4 : 2;
      if (n < FEWEST_LINKS || n * parts < knownOfSwitch[s]) {
        continue;
      }
      Candidate c = judgement.candidate(SWITCH_FAULT, s, layout.switchPathOf(s));
      c.chipsAffected = n;
      c.critical = true;
      c.evidence(judgement.evidence("switch_fault", c.path, n, knownOfSwitch[s], "links"));
      sickOfSet[layout.setOfSwitch(s)]++;
    }
    for (int set = 0; set < sickOfSet.length; set++) {
      if (sickOfSet[set] > 0) {
        switchSet(set, sickOfSet[set]);
      }
    }
  }

  /** Asks whether the switches of a plane, rail, board or cabinet are at fault together. */
  private void switchSet(int set, int sickSwitches) {
    boolean open = ledger.isOpen(PLANE_FAULT, set);
    int of = layout.switchesOfSet(set);
    Candidate c = null;
    if (sickSwitches >= 2 && sickSwitches * (open ? 4 : 2) >= of) {
      c = judgement.candidate(PLANE_FAULT, set, layout.switchSetPath(set));
      c.critical = true;
      c.evidence(judgement.evidence("plane_fault", c.path, sickSwitches, of, "switches"));
    } else if (open) {
      c = Judgement.STILL_OPEN;
    }
    for (int s = 0; c != null && s < layout.switches(); s++) {
      Candidate part = layout.setOfSwitch(s) == set ? judgement.find(SWITCH_FAULT, s) : null;
      if (part != null) {
        Judgement.cover(part, c);
        if (c != Judgement.STILL_OPEN) {
          c.chipsAffected += part.chipsAffected;
        }
      }
    }
  }

  /** Makes the findings of links that flap, and forgets falls of long ago and of other causes. */
  private void flaps() {
    long endMs = judgement.windowStartMs() + settings.windowMs();
    long withinMs = 60_000L * settings.flapWithinMinutes();
    long holdMs = 60_000L * settings.flapHoldMinutes();
    for (Iterator<Map.Entry<Integer, PodState.PortDowns>> i = state.downs.entrySet().iterator();
        i.hasNext(); ) {
      Map.Entry<Integer, PodState.PortDowns> e = i.next();
      int port = e.getKey();
      PodState.PortDowns t = own(port, e.getValue());
      // While the link is down, its flap is not over.
      boolean stays = ledger.isOpen(LINK_FLAP, subject(port)) && down(port);
      boolean old = endMs - t.last() > Math.max(withinMs, holdMs);
      if (t.last() == PodState.NEVER || (old && !stays)) {
        i.remove();
        continue;
      }
      e.setValue(t);
      boolean flaps = t.third() != PodState.NEVER && t.last() - t.third() <= withinMs;
      if (flaps && (stays || endMs - t.last() <= holdMs)) {
        flap(port);
      }
    }
  }

  private void flap(int port) {
    int subject = subject(port);
    if (judgement.find(LINK_FLAP, subject) != null || away(port)) {
      return;
    }
    Candidate c = judgement.candidate(LINK_FLAP, subject, layout.portPath(subject));
    c.chipsAffected = layout.peerPort(port) == PodLayout.NO_PORT ? 1 : 2;
    c.evidence(judgement.evidence("link_flap", layout.portPath(port), 3, 3, "falls"));
    Judgement.cover(c, causeOf(port));
    suspectEnds(c, port);
  }

  /** Makes the chips at the ends of a sick link suspect, if nothing else explains it. */
  private void suspectEnds(Candidate link, int port) {
    if (!link.covered) {
      int peer = layout.peerPort(port);
      suspect[layout.chipOfPort(port)] = true;
      suspect[layout.chipOfPort(peer == PodLayout.NO_PORT ? port : peer)] = true;
    }
  }

  /**
   * A port's falls without those that something else explains: those of this window, and the one
   * since which it is down, which may be older than what it is a sign of. Once the link is known to
   * flap, all its falls count.
   */
  private PodState.PortDowns own(int port, PodState.PortDowns falls) {
    byte bits = state.port[port];
    boolean stillDown =
        (bits & PodState.PORT_EXPLAINED) == 0
            && (bits & (PodState.PORT_DOWN | PodState.PORT_WAS_DOWN)) != 0;
    long fromMs = judgement.windowStartMs();
    if ((!stillDown && falls.last() < fromMs)
        || ledger.isOpen(LINK_FLAP, subject(port))
        || (!away(port) && causeOf(port) == null)) {
      return falls;
    }
    PodState.PortDowns own = falls;
    if (stillDown) {
      state.port[port] |= PodState.PORT_EXPLAINED;
      own = own.withoutLast();
    }
    while (own.last() >= fromMs) {
      own = own.withoutLast();
    }
    return own;
  }

  /** Whether a link of which its board tells is down at either end. */
  private boolean down(int port) {
    int peer = layout.peerPort(port);
    int either = state.port[port] | (peer == PodLayout.NO_PORT ? 0 : state.port[peer]);
    return (either & PodState.PORT_DOWN) != 0
        && judgement.linksKnown(layout.boardOfChip(layout.chipOfPort(port)));
  }

  /** Whether work on the board of a port was announced. */
  private boolean away(int port) {
    return boardStatus[layout.boardOfChip(layout.chipOfPort(port))] == Judgement.AWAY;
  }

  /** The port that stands for a link: the one with the lower number of its two ends. */
  private int subject(int port) {
    int peer = layout.peerPort(port);
    return peer == PodLayout.NO_PORT ? port : Math.min(port, peer);
  }

  /** What explains that a port is sick: a broken part at one of its ends, or of the fabric. */
  private @Nullable Candidate causeOf(int port) {
    Candidate cause = coverOf(layout.chipOfPort(port));
    cause = cause != null ? cause : peerCover(port);
    cause = cause != null ? cause : ofFabric(port);
    cause = cause != null ? cause : judgement.cause(CHIP_LINKS, layout.chipOfPort(port));
    int peer = layout.peerPort(port);
    return cause != null || peer == PodLayout.NO_PORT
        ? cause
        : judgement.cause(CHIP_LINKS, layout.chipOfPort(peer));
  }

  private @Nullable Candidate peerCover(int port) {
    int peer = layout.peerPort(port);
    return peer == PodLayout.NO_PORT ? null : coverOf(layout.chipOfPort(peer));
  }

  /** The switch, or the plane or other set of switches, that explains that a port is sick. */
  private @Nullable Candidate ofFabric(int port) {
    int s = layout.switchOfPort(port);
    if (s == PodLayout.NO_SWITCH) {
      return null;
    }
    Candidate all = judgement.cause(PLANE_FAULT, layout.setOfSwitch(s));
    return all != null ? all : judgement.cause(SWITCH_FAULT, s);
  }

  private void sickLink(int port, IncidentKind kind) {
    int peer = layout.peerPort(port);
    int subject = subject(port);
    if (candidates.containsKey(Candidate.key(kind, subject))
        || candidates.containsKey(Candidate.key(LINK_DOWN, subject))) {
      return;
    }
    int chip = layout.chipOfPort(port);
    int peerChip = peer == PodLayout.NO_PORT ? chip : layout.chipOfPort(peer);
    Candidate c = judgement.candidate(kind, subject, layout.portPath(subject));
    c.chipsAffected = peerChip == chip ? 1 : 2;
    if (kind == LINK_DOWN) {
      c.evidence(judgement.evidence("link_down", layout.portPath(port), 0, 1, "ports_up"));
    } else if (kind == LINK_NARROW) {
      int nominal = layout.portMegabits(port % layout.portsPerChip());
      int most = (int) ((long) nominal * settings.linkNarrowPermille() / 1_000);
      c.evidence(
          judgement.evidence(
              "link_narrow",
              layout.portPath(port),
              state.narrowRate.getOrDefault(port, most),
              nominal,
              "megabits_per_second"));
    } else {
      PodState.PortErrors errors = state.watched.get(chip);
      int rate = errors == null ? 0 : errors.perSecond()[port % layout.portsPerChip()];
      c.evidence(
          judgement.evidence(
              "link_degraded",
              layout.portPath(port),
              rate,
              settings.linkErrorsPerSecond(),
              "errors_per_second"));
    }
    Candidate cause = causeOf(port);
    Judgement.cover(c, cause != null ? cause : judgement.find(LINK_FLAP, subject));
    suspectEnds(c, port);
    Candidate narrow = kind == LINK_DEGRADED ? judgement.find(LINK_NARROW, subject) : null;
    if (narrow != null && !c.covered) {
      // What is open already goes on.
      boolean open = ledger.isOpen(LINK_NARROW, subject);
      Judgement.cover(open ? c : narrow, open ? Judgement.STILL_OPEN : c);
    }
  }

  /**
   * What explains that the links of a chip are sick, or null if the chip and its board are well.
   */
  private @Nullable Candidate coverOf(int chip) {
    int board = layout.boardOfChip(chip);
    int cab = layout.cabinetOfChip(chip);
    IncidentKind[] kinds = {
      POD_SILENT, CABINET_SILENT, BOARD_SILENT, CHIP_SILENT, CHIP_FATAL, HBM_UNCORRECTABLE
    };
    int[] subjects = {0, cab, board, chip, chip, chip};
    // A board that has long reported from a cabinet that has long been silent is not as that one
    // is; one that has just returned may bring its links back only at the next reading.
    boolean apart =
        judgement.find(CABINET_SILENT, cab) != null
            && judgement.isHeardForLong(board)
            && judgement.isOpenForLong(CABINET_SILENT, cab);
    for (int i = 0; i < kinds.length; i++) {
      Candidate c = candidates.get(Candidate.key(kinds[i], subjects[i]));
      if (c != null && !c.covered) {
        boolean apartFromIt =
            (c.kind == POD_SILENT && boardStatus[board] != Judgement.SILENT)
                || (c.kind == CABINET_SILENT && apart);
        if (!apartFromIt) {
          return c;
        }
      }
    }
    for (int i = apart ? 2 : 1; i < kinds.length; i++) {
      // Parts that are back may bring their links back only at the next reading.
      if (ledger.isOpen(kinds[i], subjects[i])) {
        return Judgement.STILL_OPEN;
      }
    }
    // If it was missing when its board spoke of chips last, or went or came back within the window,
    // its links tell no more than that.
    return state.missing[chip] > 0 || awayInPart(chip) ? Judgement.STILL_OPEN : null;
  }

  /**
   * Whether a chip lacks at least a quarter of the samples that another chip of its board has. The
   * board's reports are no measure of that: links may come in reports of their own, and chips in
   * several.
   */
  private boolean awayInPart(int chip) {
    OpenWindow open = judgement.open();
    int board = layout.boardOfChip(chip);
    int samples = open.samples(chip);
    int due = Math.min(Byte.MAX_VALUE, open.reports(board));
    if (samples * 4 > due * 3) {
      return false;
    }
    int most = 0;
    for (int c = board * layout.chipsPerBoard(); c < (board + 1) * layout.chipsPerBoard(); c++) {
      most = Math.max(most, open.samples(c));
    }
    return most > 0 && samples * 4 <= most * 3;
  }

  /** Whether an incident of one of the chip's links, or of all of them, is open. */
  boolean open(int chip) {
    if (ledger.isOpen(CHIP_LINKS, chip)) {
      return true;
    }
    for (int p = chip * layout.portsPerChip(); p < (chip + 1) * layout.portsPerChip(); p++) {
      int subject = subject(p);
      if (ledger.isOpen(LINK_DOWN, subject)
          || ledger.isOpen(LINK_FLAP, subject)
          || ledger.isOpen(LINK_DEGRADED, subject)
          || ledger.isOpen(LINK_NARROW, subject)) {
        return true;
      }
    }
    return false;
  }
}
