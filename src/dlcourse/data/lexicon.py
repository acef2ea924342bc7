"""The words of the grammar in `data.translation`:

Chinese, English, and the pinyin of each character.
"""

PRONOUNS = {  # subject, object, possessive
    "我": ("I", "me", "my"),
    "你": ("you", "you", "your"),
    "他": ("he", "him", "his"),
    "她": ("she", "her", "her"),
    "我们": ("we", "us", "our"),
    "他们": ("they", "them", "their"),
}
NAMES = {"小明": "Xiaoming", "小红": "Xiaohong"}
LANDS = {"中国": "China", "北京": "Beijing", "上海": "Shanghai"}
NOUNS = {  # measure word, one, many
    "老师": ("个", "teacher", "teachers"),
    "学生": ("个", "student", "students"),
    "朋友": ("个", "friend", "friends"),
    "医生": ("个", "doctor", "doctors"),
    "孩子": ("个", "child", "children"),
    "猫": ("只", "cat", "cats"),
    "狗": ("只", "dog", "dogs"),
    "书": ("本", "book", "books"),
    "车": ("辆", "car", "cars"),
    "花": ("朵", "flower", "flowers"),
}
PEOPLE = ("老师", "学生", "朋友", "医生", "孩子")
DETERMINERS = {"一": "a", "这": "this", "那": "that", "两": "two", "三": "three"}
MANY = ("两", "三")
ADJECTIVES = {"好": "good", "新": "new", "小": "small", "红": "red"}
VERBS = {  # base, with -s, past, participle
    "爱": ("love", "loves", "loved", "loved"),
    "喜欢": ("like", "likes", "liked", "liked"),
    "看见": ("see", "sees", "saw", "seen"),
    "记得": ("remember", "remembers", "remembered", "remembered"),
    "画": ("draw", "draws", "drew", "drawn"),
    "找到": ("find", "finds", "found", "found"),
    "认识": ("know", "knows", "knew", "known"),
    "忘记": ("forget", "forgets", "forgot", "forgotten"),
}
GIVING = {  # base, with -s, past; with 把 and 给
    "送": ("give", "gives", "gave"),
    "寄": ("send", "sends", "sent"),
    "卖": ("sell", "sells", "sold"),
    "借": ("lend", "lends", "lent"),
}
ACTS = VERBS | GIVING
TIMES = {  # English, and the tense it asks for
    "每天": ("every day", "present"),
    "今天": ("today", "present"),
    "昨天": ("yesterday", "past"),
    "去年": ("last year", "past"),
    "明天": ("tomorrow", "future"),
    "明年": ("next year", "future"),
}
PLACES = {"北京": "Beijing", "上海": "Shanghai", "中国": "China", "学校": "school", "家里": "home"}
AT = ("学校", "家里")  # English says at, of the others in
_PINYIN = """
    我wo 你ni 他ta 她ta 们men 小xiao 明ming 红hong 中zhong 国guo 北bei 京jing 上shang 海hai
    老lao 师shi 学xue 生sheng 朋peng 友you 医yi 孩hai 子zi 猫mao 狗gou 书shu 车che 花hua 个ge
    只zhi 本ben 辆liang 朵duo 一yi 这zhe 那na 两liang 三san 好hao 新xin 爱ai 喜xi 欢huan 看kan
    见jian 记ji 得de 画hua 找zhao 到dao 认ren 识shi 忘wang 送song 寄ji 卖mai 借jie 每mei 天tian
    今jin 昨zuo 去qu 年nian 校xiao 家jia 里li 在zai 的de 把ba 被bei 给gei 了le 不bu 没mei 吗ma
"""
PINYIN = {entry[0]: entry[1:] for entry in _PINYIN.split()}


def english() -> tuple[str, ...]:
    """Return all English words of the grammar, in alphabetical order."""
    texts = [*NAMES.values(), *LANDS.values(), *PLACES.values()]
    texts += [*DETERMINERS.values(), *ADJECTIVES.values()]
    texts += [text for text, _ in TIMES.values()]
    texts += [word for forms in ACTS.values() for word in forms]
    texts += [word for forms in PRONOUNS.values() for word in forms]
    texts += [word for _, *forms in NOUNS.values() for word in forms]
    texts += ["the who that in at to by not do does did will be am is are was were"]
    return tuple(sorted({word for text in texts for word in text.split()}))
