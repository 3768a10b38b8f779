# SPDX-License-Identifier: LGPL-2.1-or-later
"""One domain of libvirtd's, made from the image of test machines: defines and starts it, waits until it is
up, and ends it. Its root disk is a snapshot, so each start is the first one."""

import os
import pathlib
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

from machine import accel, image, overlay
from machine.console import Console
from machine.errors import MachineError, MachineTimeout
from machine.machine import AGENTS, BOOT_SECONDS, CPUS, MEMORY, OPEN_SECONDS, TRIES, kernel_words
from tap import wait_for

from .libvirtd import VirshError

PLACE = pathlib.Path("/run/domains")
QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0"
# What accel.py says to QEMU, in libvirt's words.
PROCESSORS = {
    "kvm": "<cpu mode='host-passthrough'/>",
    "tcg": "<cpu mode='custom' match='exact'><model>qemu64</model><feature policy='require' name='rdrand'/></cpu>",
}
TYPES = {"kvm": "kvm", "tcg": "qemu"}

TEMPLATE = """<domain type='{type}' xmlns:qemu='{namespace}'>
  <name>{name}</name>
  <memory unit='MiB'>{memory}</memory>
  <vcpu>{cpus}</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>{kernel}</kernel><initrd>{initrd}</initrd><cmdline>{words}</cmdline></os>
  <features><acpi/>{features}</features>
  {processor}
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/{qemu}</emulator>
    <serial type='unix'><source mode='bind' path='{console}'/><log file='{log}'/><target port='0'/></serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    {channels}
  </devices>
  <qemu:commandline>
    <qemu:arg value='-drive'/><qemu:arg value={drive}/>
    <qemu:arg value='-device'/><qemu:arg value='virtio-blk-pci,drive=root,addr=0x1e'/>
    <qemu:arg value='-device'/><qemu:arg value='pvpanic-pci,addr=0x1f'/>
    <qemu:arg value='-action'/><qemu:arg value='panic=exit-failure'/>
  </qemu:commandline>
</domain>
"""


class Domain:
    """A domain. A context manager; without `with`, call define(), start(), wait_up() and remove().

    @agents: whose units are to be up, each on its own channel, as for Machine; @files: {path in the machine: contents}

    console_run() as Machine's; name; uuid"""

    def __init__(self, libvirtd, name, agents=("guestwire",), files=None):
        self.name = name
        self.uuid = None
        self._libvirtd = libvirtd
        self._agents = agents
        self._files = files or {}
        self._directory = PLACE / name
        self._console = None

    def __enter__(self):
        try:
            self.define()
            self.start()
            self.wait_up()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_):
        self.remove()

    @property
    def id(self):
        return self._libvirtd.virsh("domid", self.name)

    @property
    def state(self):
        return self._libvirtd.virsh("domstate", self.name)

    def define(self):
        parts = image.get()
        chosen = accel.choose(parts)
        self._directory.mkdir(parents=True)
        over = overlay.build(self.name, None, "guestwire" in self._agents, self._files)
        (self._directory / "initrd").write_bytes(parts.initrd.read_bytes() + over)
        description = self._directory / "domain.xml"
        description.write_text(self._describe(parts, chosen))
        self._libvirtd.virsh("define", str(description))
        self.uuid = self._libvirtd.virsh("domuuid", self.name)

    def start(self):
        """Begins a boot. wait_up() is for its end, so that several may boot at once."""
        # Paused at first: what is printed before anyone listens is lost.
        self._libvirtd.virsh("start", self.name, "--paused")
        self._console = Console(str(self._directory / "console.sock"))
        self._libvirtd.virsh("resume", self.name)

    def wait_up(self):
        """Waits until the machine is up and every channel of an agent is open in it. As machines do, it may
        stand still once."""
        for left in reversed(range(TRIES)):
            try:
                self._console.wait_ready(time.monotonic() + BOOT_SECONDS)
                break
            except MachineError as error:
                if not left or not isinstance(error, MachineTimeout):
                    raise type(error)(f"domain {self.name} did not come up: {error}\n{self._console.tail()}") from error
                image.say(f"{self.name}: {error}\ntrying once more…")
                self.destroy()
                self.start()
        self.wait_connected()

    def wait_connected(self):
        wait_for(f"{self.name}'s agents", lambda: set(self.channel_states().values()) == {"connected"}, OPEN_SECONDS)

    def wait_state(self, state, seconds=60):
        wait_for(f"{self.name} to be {state}", lambda: self.state == state, seconds)

    def wait_rebooted(self):
        """Waits for a boot that somebody else began."""
        try:
            self._console.wait_ready(time.monotonic() + BOOT_SECONDS)
        except MachineTimeout as error:
            image.say(f"{self.name}: {error}\nresetting it…")
            self._libvirtd.virsh("reset", self.name)
            self._console.wait_ready(time.monotonic() + BOOT_SECONDS)
        self.wait_connected()

    def destroy(self):
        """Pulls the plug."""
        self._console.close()
        self._libvirtd.virsh("destroy", self.name)

    def remove(self):
        if self._console:
            self._console.close()
        for verb in ("destroy", "undefine"):
            try:
                self._libvirtd.virsh(verb, self.name)
            except (VirshError, OSError):
                pass  # not started, or not even defined

    def console_run(self, command, timeout=60):
        return self._console.run(command, timeout)

    def console_tail(self):
        """The last lines that it printed."""
        return self._console.tail() if self._console else ""

    def channel_states(self):
        """{channel: connected or disconnected}, as the running domain has it."""
        return {target.get("name"): target.get("state") for target in self._channel_parts("target")}

    def channel_path(self, name):
        """The socket that libvirt has made for it."""
        for channel in self._live().iter("channel"):
            if channel.find("target").get("name") == name:
                return channel.find("source").get("path")
        raise KeyError(name)

    def _channel_parts(self, part):
        return [channel.find(part) for channel in self._live().iter("channel")]

    def _live(self):
        return ET.fromstring(self._libvirtd.virsh("dumpxml", self.name))

    def _describe(self, parts, chosen):
        channels = [f"<channel type='unix'><target type='virtio' name={quoteattr(name)}/></channel>" for name, _ in map(AGENTS.get, self._agents)]
        drive = f"if=none,id=root,format=raw,snapshot=on,file={str(parts.disk).replace(',', ',,')}"
        return TEMPLATE.format(
            type=TYPES[chosen], namespace=QEMU_NAMESPACE, name=self.name, memory=MEMORY, cpus=CPUS, kernel=parts.kernel,
            initrd=self._directory / "initrd", words=kernel_words([AGENTS[agent][1] for agent in self._agents], True), qemu=accel.QEMU,
            features="<tcg><tb-cache unit='MiB'>64</tb-cache></tcg>" if chosen == "tcg" else "",
            processor=PROCESSORS[chosen], console=self._directory / "console.sock", log=self._directory / "console.log",
            channels="\n    ".join(channels), drive=quoteattr(drive))
