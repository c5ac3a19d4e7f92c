using System.Buffers.Text;
using System.IO.Hashing;
using System.Text;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.LoadBalancing.Hashing;

/// <summary>An endpoint's name as the bytes that are hashed (Envoy hashes the address, or with <c>use_hostname_for_hashing</c> the host's name).</summary>
internal ref struct EndpointKey
{
    private const int DigitsAtMost = 11;   // '_' and a non-negative int
    private readonly Span<byte> _buffer;
    private int _name;

    /// <summary>Keys are written into a buffer of their own, used again for the next.</summary>
    public EndpointKey(Endpoint[] members) =>
        _buffer = new byte[members.Max(member => Encoding.UTF8.GetByteCount(member.Name)) + DigitsAtMost];

    /// <summary>Begins the keys of an endpoint.</summary>
    public void Of(Endpoint endpoint) => _name = Encoding.UTF8.GetBytes(endpoint.Name, _buffer);

    /// <summary>The hash of the name.</summary>
    public readonly ulong Hash(long seed) => XxHash64.HashToUInt64(_buffer[.._name], seed);

    /// <summary>The hash of <c>name_number</c>.</summary>
    public readonly ulong Hash(int number, RingHashFunction function)
    {
        _buffer[_name] = (byte)'_';
        Utf8Formatter.TryFormat(number, _buffer[(_name + 1)..], out int digits);
        var key = _buffer[..(_name + 1 + digits)];
        return function == RingHashFunction.MurmurHash2 ? MurmurHash2.Hash(key) : XxHash64.HashToUInt64(key);
    }
}
