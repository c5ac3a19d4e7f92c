using System.Net;
using System.Net.Sockets;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Security;

/// <summary>A <see cref="TextList"/> of addresses and blocks of them, made ready. Allocates nothing for addresses of the blocks' own family.</summary>
internal sealed class IpBlocks
{
    private readonly IPNetwork[] _values;
    private readonly IPNetwork[] _not;

    public IpBlocks(TextList list)
    {
        _values = [.. list.Values.Select(Parse)];
        _not = [.. list.Not.Select(Parse)];
    }

    /// <summary>What is wrong with a block, for the one who wrote it; <c>null</c> for nothing.</summary>
    public static string? Problem(string text) =>
        TryParse(text, out _) ? null : $"'{text}' is neither an IP address nor a block of them; write it as 10.1.0.0/16 or 10.1.2.3.";

    /// <summary>Whether an address passes. One that is not known is in no block: it fails where blocks are asked for, and passes where they are only excluded.</summary>
    public bool Allow(IPAddress? address) => (_values.Length == 0 || Any(_values, address)) && !Any(_not, address);

    private static bool Any(IPNetwork[] blocks, IPAddress? address)
    {
        if (blocks.Length == 0 || address is null) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var block in blocks)
            if (block.Contains(address)) return true;
        return false;
    }

    private static IPNetwork Parse(string text) => TryParse(text, out var block) ? block : throw new ArgumentException(Problem(text), nameof(text));

    private static bool TryParse(string text, out IPNetwork block)
    {
        if (IPNetwork.TryParse(text, out block)) return true;
        if (!IPAddress.TryParse(text, out var address)) return false;
        if (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != text) return false;   // 10.1 would be 10.0.0.1
        block = new IPNetwork(address, 8 * address.GetAddressBytes().Length);
        return true;
    }
}
