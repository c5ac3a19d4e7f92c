using Google.Protobuf;

namespace Mesh.Runtime.ControlPlane.Transport.Messages;

/// <summary>Texts on the wire.</summary>
internal static class WireText
{
    public static ByteString ToWire(this string text) => ByteString.CopyFromUtf8(text);

    public static string ToText(this ByteString bytes) => bytes.ToStringUtf8();
}
