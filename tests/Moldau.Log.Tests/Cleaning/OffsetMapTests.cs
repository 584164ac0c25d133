using System.Buffers.Binary;
using System.Text;

using CsCheck;

using Moldau.Log.Cleaning;

namespace Moldau.Log.Tests.Cleaning;

public class OffsetMapTests
{
    /// <summary>As <c>openssl mac -macopt size:16 SIPHASH</c> has them, for keys of bytes that count from 0.</summary>
    [Theory]
    [InlineData(0, "A3817F04BA25A8E66DF67214C7550293")]
    [InlineData(1, "DA87C1D86B99AF44347659119B22FC45")]
    [InlineData(7, "A1F1EBBED8DBC153C0B84AA61FF08239")]
    [InlineData(8, "3B62A9BA6258F5610F83E264F31497B4")]
    [InlineData(9, "264499060AD9BAABC47F8B02BB6D71ED")]
    [InlineData(15, "5493E99933B0A8117E08EC0F97CFC3D9")]
    [InlineData(16, "6EE2A4CA67B054BBFD3315BF85230577")]
    [InlineData(63, "5150D1772F50834A503E069A973FBD7C")]
    public void The_hash_of_keys_is_SipHash_with_128_bits(int length, string expected)
    {
        byte[] key = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        var digest = new KeyHash(0x0706050403020100, 0x0f0e0d0c0b0a0908).Of(key);
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, digest.First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), digest.Second);
        Assert.Equal(expected, Convert.ToHexString(bytes));
    }

    [Fact]
    public void Each_pass_hashes_under_a_secret_of_its_own() =>
        Assert.NotEqual(KeyHash.WithFreshSecret().Of("key"u8), KeyHash.WithFreshSecret().Of("key"u8));

    [Fact]
    public void The_map_knows_the_last_offset_of_every_key_that_it_took() =>
        Gen.Select(Gen.Int[2, 60], Gen.Int[0, 40].List[0, 200]).Search(
            "offset maps",
            usually: 500,
            drawn =>
            {
                var (slots, keys) = drawn;
                var map = new OffsetMap(slots, 0.9, KeyHash.WithFreshSecret());
                var model = new Dictionary<int, long>();
                for (int offset = 0; offset < keys.Count; offset++)
                {
                    if (!map.TryPut(Key(keys[offset]), offset)) Assert.False(model.ContainsKey(keys[offset]));
                    else model[keys[offset]] = offset;
                }
                Assert.Equal(model.Count, map.Count);
                for (int key = 0; key <= 40; key++) Assert.Equal(model.GetValueOrDefault(key, -1), map.Find(Key(key)));
            });

    [Fact]
    public void A_full_map_takes_later_offsets_of_the_keys_that_it_has()
    {
        var map = new OffsetMap(11, 0.5, KeyHash.WithFreshSecret());
        for (int key = 0; key < 5; key++) Assert.True(map.TryPut(Key(key), key));
        Assert.False(map.TryPut(Key(5), 5));
        Assert.True(map.TryPut(Key(0), 6));
        Assert.Equal(6, map.Find(Key(0)));
        Assert.Equal(-1, map.Find(Key(5)));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_record()
    {
        var map = new OffsetMap(100_000, 0.9, KeyHash.WithFreshSecret());
        byte[] key = new byte[40];
        const int records = 50_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < records; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(key, i);
            map.TryPut(key, i);
            map.Find(key);
        }
        // A collection that another test causes meanwhile counts the rest of this thread's 8 KiB as allocated.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, records - 1);
    }

    [Theory]
    [InlineData(0L, 2)]
    [InlineData(90L, 102)]
    [InlineData(long.MaxValue, 1_000)]
    public void The_map_is_as_large_as_the_dirty_part_needs_and_never_larger_than_allowed(long records, int slots)
    {
        var settings = new CleaningSettings { DedupeBufferBytes = 1_000 * OffsetMap.SlotBytes + 7 };
        var map = OffsetMap.For(records, settings);
        int taken = 0;
        while (map.TryPut(Key(taken), taken)) taken++;
        Assert.Equal(Math.Max(1, (int)(slots * 0.9)), taken);
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key {number}");
}
