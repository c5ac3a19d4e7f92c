using System.Net;
using Mesh.Runtime.Sidecar.Tcp.Interception;

namespace Mesh.Runtime.Tests.Sidecar.Tcp.Interception;

public sealed class InterceptionRulesTests
{
    [Fact]
    public void Original_destinations_are_read_from_the_kernel_s_addresses()
    {
        byte[] v4 = [2, 0, 0x1F, 0x90, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(new IPEndPoint(IPAddress.Parse("10.1.2.3"), 8080), OriginalDestination.Read(v4));
        byte[] v6 = [10, 0, 0x01, 0xBB, 0, 0, 0, 0, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42, 0, 0, 0, 0];
        Assert.Equal(new IPEndPoint(IPAddress.Parse("fd00::42"), 443), OriginalDestination.Read(v6));
    }

    [Fact]
    public void Rules_spare_the_sidecar_before_they_turn_anything()
    {
        string rules = InterceptionRules.Apply(new InterceptionConfig { Uid = 1337, Mark = 7, ExcludedNetworks = ["10.0.0.0/8", "fd00::/8"], ExcludedOutboundPorts = [53, 5432], InboundPorts = [8080] });
        string[] v4 = [.. rules.Split('\n').Where(line => line.StartsWith("iptables", StringComparison.Ordinal))];
        Assert.Equal(
            [
                "iptables -t nat -N MESHLAB_OUTPUT",
                "iptables -t nat -A MESHLAB_OUTPUT -m owner --uid-owner 1337 -j RETURN",
                "iptables -t nat -A MESHLAB_OUTPUT -m mark --mark 7 -j RETURN",
                "iptables -t nat -A MESHLAB_OUTPUT -d 127.0.0.0/8 -j RETURN",
                "iptables -t nat -A MESHLAB_OUTPUT -d 10.0.0.0/8 -j RETURN",
                "iptables -t nat -A MESHLAB_OUTPUT -p tcp -m multiport --dports 53,5432 -j RETURN",
                "iptables -t nat -A MESHLAB_OUTPUT -p tcp -j REDIRECT --to-ports 15001",
                "iptables -t nat -A OUTPUT -p tcp -j MESHLAB_OUTPUT",
                "iptables -t nat -N MESHLAB_INBOUND",
                "iptables -t nat -A MESHLAB_INBOUND -p tcp -m multiport --dports 8080 -j REDIRECT --to-ports 15006",
                "iptables -t nat -A PREROUTING -p tcp -j MESHLAB_INBOUND",
            ],
            v4);
        Assert.Contains("ip6tables -t nat -A MESHLAB_OUTPUT -d fd00::/8 -j RETURN", rules, StringComparison.Ordinal);
    }

    [Fact]
    public void What_would_lock_the_sidecar_in_a_loop_is_refused_with_all_that_is_wrong()
    {
        string problems = Assert.Throws<ArgumentException>(() => InterceptionRules.Apply(new InterceptionConfig { OutboundPort = 0, ExcludedNetworks = ["10.0.0.0/40"] })).Message;
        Assert.All(["uid nor a mark", "port 0", "'10.0.0.0/40'"], word => Assert.Contains(word, problems, StringComparison.Ordinal));
    }
}
